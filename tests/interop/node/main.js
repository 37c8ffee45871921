// The official Node driver, unmodified, against the sandbox: login, PUT, array binding, COPY, SELECT.
'use strict';

const { spawn } = require('child_process');
const fs = require('fs');
const os = require('os');
const path = require('path');
const readline = require('readline');

let failures = 0;

async function check(name, test) {
  try {
    await test();
    console.log(`ok   snowflake-sdk (Node): ${name}`);
  } catch (error) {
    failures += 1;
    console.log(`FAIL snowflake-sdk (Node): ${name}: ${error.message}`);
  }
}

function equal(what, got, want) {
  const [a, b] = [JSON.stringify(got), JSON.stringify(want)];
  if (a !== b) throw new Error(`${what}: got ${a}, expected ${b}`);
}

async function referee(where) {
  const snowflake = require('snowflake-sdk');
  snowflake.configure({ logLevel: 'OFF', disableOCSPChecks: true, additionalLogToConsole: false });

  const connect = (change) =>
    new Promise((resolve, reject) => {
      const connection = snowflake.createConnection({
        account: where.account,
        username: where.user,
        password: where.password,
        accessUrl: where.account_url,
        database: where.database,
        schema: where.schema,
        warehouse: where.warehouse,
        arrayBindingThreshold: 5000,
        sfRetryMaxLoginRetries: 1,
        ...change,
      });
      connection.connect((error, connected) => (error ? reject(error) : resolve(connected)));
    });
  const run = (connection, sqlText, binds) =>
    new Promise((resolve, reject) => {
      connection.execute({
        sqlText,
        binds,
        complete: (error, statement, rows) => (error ? reject(error) : resolve(rows)),
      });
    });
  const refused = async (promise) => {
    try {
      await promise;
    } catch (error) {
      return error;
    }
    throw new Error('nothing was refused');
  };

  const connection = await connect({});
  await check('login by password', async () => {
    equal('rows', await run(connection, 'select 1 as N'), [{ N: 1 }]);
  });
  await check('login by key pair', async () => {
    const c = await connect({
      password: undefined,
      authenticator: 'SNOWFLAKE_JWT',
      privateKey: fs.readFileSync(where.private_key_file, 'utf8'),
    });
    equal('rows', await run(c, 'select 1 as N'), [{ N: 1 }]);
  });
  await check('wrong password is 390100', async () => {
    equal('code', String((await refused(connect({ password: 'wrong' }))).code), '390100');
  });
  await check('bad SQL is 001003', async () => {
    equal('code', String((await refused(run(connection, 'selekt 1'))).code), '001003');
  });
  await run(connection, 'create or replace table node_rows (id number(38,0), name varchar)');
  for (const [count, staged] of [
    [300, false],
    [5000, true],
  ]) {
    await check(`array binding of ${count} rows, ${staged ? 'through a stage' : 'inline'}`, async () => {
      await run(connection, 'truncate table node_rows');
      const rows = Array.from({ length: count }, (_, i) => [i, `näme, "${i}"`]);
      await run(connection, 'insert into node_rows values (?, ?)', rows);
      const [figures] = await run(
        connection,
        'select count(*) as C, sum(id) as S, count(distinct name) as D from node_rows');
      equal('figures', figures, { C: count, S: (count * (count - 1)) / 2, D: count });
    });
  }
  await check('PUT and COPY of 2 files, 2,000 rows', async () => {
    await run(connection, 'truncate table node_rows');
    const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'sluice-interop-'));
    try {
      for (let part = 0; part < 2; part += 1) {
        const lines = Array.from({ length: 1000 }, (_, i) => `${part * 1000 + i},"ünïcode ""${i}"""\n`);
        fs.writeFileSync(path.join(directory, `part-${part}.csv`), lines.join(''));
      }
      const uploads = await run(connection, `put 'file://${directory}/part-*.csv' '@~/node/run1/'`);
      equal('uploads', uploads.map((u) => u.status), ['UPLOADED', 'UPLOADED']);
      const copied = await run(
        connection,
        `copy into node_rows from '@~/node/run1/' file_format=(type=csv field_optionally_enclosed_by='"')`);
      equal('copied', copied.map((c) => [c.status, Number(c.rows_loaded)]), [
        ['LOADED', 1000],
        ['LOADED', 1000],
      ]);
      const [figures] = await run(connection, 'select count(*) as C, sum(id) as S from node_rows');
      equal('figures', figures, { C: 2000, S: (2000 * 1999) / 2 });
    } finally {
      fs.rmSync(directory, { recursive: true });
    }
  });
  await check('transactions', async () => {
    await run(connection, 'create or replace table node_tx (id number(38,0))');
    await run(connection, 'begin');
    await run(connection, 'insert into node_tx values (1)');
    await run(connection, 'rollback');
    equal('rows', await run(connection, 'select count(*) as C from node_tx'), [{ C: 0 }]);
  });
  await check('an expired session is renewed', async () => {
    await fetch(`${where.control_url}/expire/sessions`, { method: 'POST' });
    equal('rows', await run(connection, 'select 1 as N'), [{ N: 1 }]);
  });
  await new Promise((resolve) => connection.destroy(resolve));
}

// Node reads NODE_EXTRA_CA_CERTS at its start: the sandbox runs in the parent, the driver in a child.
async function parent(binary, options) {
  const sandbox = spawn(binary, ['--tls', ...options], { stdio: ['pipe', 'pipe', 'inherit'] });
  const line = await new Promise((resolve) => readline.createInterface(sandbox.stdout).once('line', resolve));
  const child = spawn(process.execPath, [__filename, '--child', line], {
    stdio: 'inherit',
    env: { ...process.env, NODE_EXTRA_CA_CERTS: JSON.parse(line).ca_file },
  });
  const status = await new Promise((resolve) => child.once('exit', resolve));
  sandbox.stdin.end();
  await new Promise((resolve) => sandbox.once('exit', resolve));
  return status;
}

async function main() {
  const [first, ...rest] = process.argv.slice(2);
  if (first === '--child') {
    await check('run', () => referee(JSON.parse(rest[0])));
    process.exit(failures ? 1 : 0);
  }
  process.exit(await parent(first, rest));
}

main();
