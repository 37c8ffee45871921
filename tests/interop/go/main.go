// The official Go driver, unmodified, against the sandbox: PUT, array binding, COPY, SELECT.
package main

import (
	"bufio"
	"context"
	"crypto/rsa"
	"crypto/x509"
	"database/sql"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	sf "github.com/snowflakedb/gosnowflake"
)

type endpoints struct {
	Account        string `json:"account"`
	Host           string `json:"host"`
	Port           int    `json:"port"`
	Protocol       string `json:"protocol"`
	ControlURL     string `json:"control_url"`
	User           string `json:"user"`
	Password       string `json:"password"`
	AccessToken    string `json:"access_token"`
	OAuthToken     string `json:"oauth_token"`
	PrivateKeyFile string `json:"private_key_file"`
	CAFile         string `json:"ca_file"`
	Database       string `json:"database"`
	Schema         string `json:"schema"`
	Warehouse      string `json:"warehouse"`
}

var failures int

func check(name string, err error) {
	if err != nil {
		failures++
		fmt.Printf("FAIL gosnowflake: %s: %v\n", name, err)
		return
	}
	fmt.Printf("ok   gosnowflake: %s\n", name)
}

func expect(what string, got, want any) error {
	if fmt.Sprint(got) != fmt.Sprint(want) {
		return fmt.Errorf("%s: got %v, expected %v", what, got, want)
	}
	return nil
}

func config(e endpoints) *sf.Config {
	return &sf.Config{
		Account: e.Account, User: e.User, Password: e.Password,
		Host: e.Host, Port: e.Port, Protocol: e.Protocol,
		Database: e.Database, Schema: e.Schema, Warehouse: e.Warehouse,
		DisableOCSPChecks: true, DisableConsoleLogin: sf.ConfigBoolTrue,
		MaxRetryCount: 2,
	}
}

func open(c *sf.Config) *sql.DB {
	return sql.OpenDB(sf.NewConnector(sf.SnowflakeDriver{}, *c))
}

func numbers(db *sql.DB, query string, columns int) ([]int64, error) {
	out := make([]int64, columns)
	pointers := make([]any, columns)
	for i := range out {
		pointers[i] = &out[i]
	}
	return out, db.QueryRow(query).Scan(pointers...)
}

func login(e endpoints) error {
	for name, change := range map[string]func(*sf.Config) error{
		"password": func(*sf.Config) error { return nil },
		"key pair": func(c *sf.Config) error {
			text, err := os.ReadFile(e.PrivateKeyFile)
			if err != nil {
				return err
			}
			block, _ := pem.Decode(text)
			key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
			if err != nil {
				return err
			}
			c.Authenticator, c.PrivateKey, c.Password = sf.AuthTypeJwt, key.(*rsa.PrivateKey), ""
			return nil
		},
		"OAuth": func(c *sf.Config) error {
			c.Authenticator, c.Token, c.Password = sf.AuthTypeOAuth, e.OAuthToken, ""
			return nil
		},
		"access token": func(c *sf.Config) error {
			c.Authenticator, c.Token, c.Password = sf.AuthTypePat, e.AccessToken, ""
			return nil
		},
	} {
		c := config(e)
		if err := change(c); err != nil {
			return err
		}
		db := open(c)
		got, err := numbers(db, "select 1", 1)
		db.Close()
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if err := expect(name, got[0], 1); err != nil {
			return err
		}
	}
	return nil
}

func wrongPassword(e endpoints) error {
	c := config(e)
	c.Password = "wrong"
	db := open(c)
	defer db.Close()
	var refused *sf.SnowflakeError
	if err := db.Ping(); !errors.As(err, &refused) {
		return fmt.Errorf("expected a SnowflakeError, got %v", err)
	}
	return expect("code", refused.Number, 390100)
}

func badSQL(db *sql.DB) error {
	var refused *sf.SnowflakeError
	if _, err := db.Exec("selekt 1"); !errors.As(err, &refused) {
		return fmt.Errorf("expected a SnowflakeError, got %v", err)
	}
	return expect("code", refused.Number, 1003)
}

func ddl(db *sql.DB) error {
	if _, err := db.Exec("create or replace table go_rows (id number(38,0), name varchar, price number(12,2))"); err != nil {
		return err
	}
	rows, err := db.Query("desc table go_rows")
	if err != nil {
		return err
	}
	defer rows.Close()
	count := 0
	for rows.Next() {
		count++
	}
	return expect("columns", count, 3)
}

func arrayBinding(db *sql.DB, rows int, staged bool, control string) error {
	if _, err := db.Exec("create or replace table go_bound (id number(38,0), name varchar)"); err != nil {
		return err
	}
	before, err := countRequests(control, "upload")
	if err != nil {
		return err
	}
	ids := make([]int, rows)
	names := make([]string, rows)
	for i := range ids {
		ids[i] = i
		names[i] = fmt.Sprintf("näme, \"%d\"\n", i)
	}
	if _, err := db.Exec("insert into go_bound values (?, ?)", sf.Array(&ids), sf.Array(&names)); err != nil {
		return err
	}
	after, err := countRequests(control, "upload")
	if err != nil {
		return err
	}
	if staged != (after > before) {
		return fmt.Errorf("uploads before %d, after %d, staged binding expected: %v", before, after, staged)
	}
	got, err := numbers(db, "select count(*), sum(id), count(distinct name), sum(length(name)) from go_bound", 4)
	if err != nil {
		return err
	}
	length := 0
	for _, name := range names {
		length += len([]rune(name))
	}
	return expect("figures", got, []int64{int64(rows), int64(rows * (rows - 1) / 2), int64(rows), int64(length)})
}

func countRequests(control, kind string) (int, error) {
	reply, err := http.Get(control + "/requests")
	if err != nil {
		return 0, err
	}
	defer reply.Body.Close()
	var requests []struct {
		Kinds []string `json:"kinds"`
	}
	if err := json.NewDecoder(reply.Body).Decode(&requests); err != nil {
		return 0, err
	}
	count := 0
	for _, r := range requests {
		for _, k := range r.Kinds {
			if k == kind {
				count++
			}
		}
	}
	return count, nil
}

// putAndCopy uploads files of the given number of rows each and loads them with one COPY.
func putAndCopy(db *sql.DB, directory, path string, files, rows int) error {
	if _, err := db.Exec("truncate table go_rows"); err != nil {
		return err
	}
	id := 0
	for f := 0; f < files; f++ {
		var text strings.Builder
		for i := 0; i < rows; i++ {
			fmt.Fprintf(&text, "%d,\"quoted \"\"%d\"\", ünïcode\",%d.25\n", id, id, id%1000)
			id++
		}
		name := filepath.Join(directory, fmt.Sprintf("part-%03d.csv", f))
		if err := os.WriteFile(name, []byte(text.String()), 0o600); err != nil {
			return err
		}
	}
	put := fmt.Sprintf("PUT 'file://%s/part-*.csv' '%s' AUTO_COMPRESS=TRUE OVERWRITE=TRUE", directory, path)
	uploads, err := db.Query(put)
	if err != nil {
		return err
	}
	uploaded := 0
	for uploads.Next() {
		var source, target, sourceCompression, targetCompression, status, message string
		var sourceSize, targetSize int64
		if err := uploads.Scan(&source, &target, &sourceSize, &targetSize, &sourceCompression, &targetCompression, &status, &message); err != nil {
			return err
		}
		if err := expect("status of "+source, status, "UPLOADED"); err != nil {
			return err
		}
		uploaded++
	}
	uploads.Close()
	if err := expect("uploaded files", uploaded, files); err != nil {
		return err
	}
	copied, err := db.Query(fmt.Sprintf("COPY INTO go_rows FROM '%s' FILE_FORMAT=(TYPE=CSV FIELD_OPTIONALLY_ENCLOSED_BY='\"')", path))
	if err != nil {
		return err
	}
	defer copied.Close()
	columns, err := copied.Columns()
	if err != nil {
		return err
	}
	if err := expect("columns of COPY", len(columns), 10); err != nil {
		return err
	}
	loaded := 0
	for copied.Next() {
		values := make([]any, len(columns))
		pointers := make([]any, len(columns))
		for i := range values {
			pointers[i] = &values[i]
		}
		if err := copied.Scan(pointers...); err != nil {
			return err
		}
		if err := expect("COPY status", values[1], "LOADED"); err != nil {
			return err
		}
		if err := expect("rows_loaded", values[3], rows); err != nil {
			return err
		}
		loaded++
	}
	if err := expect("loaded files", loaded, files); err != nil {
		return err
	}
	total := files * rows
	got, err := numbers(db, "select count(*), sum(id), count(distinct name) from go_rows", 3)
	if err != nil {
		return err
	}
	return expect("figures", got, []int64{int64(total), int64(total * (total - 1) / 2), int64(total)})
}

func transactions(db *sql.DB) error {
	if _, err := db.Exec("create or replace table go_tx (id number(38,0))"); err != nil {
		return err
	}
	for _, commit := range []bool{false, true} {
		tx, err := db.BeginTx(context.Background(), nil)
		if err != nil {
			return err
		}
		if _, err := tx.Exec("insert into go_tx values (1), (2)"); err != nil {
			return err
		}
		if commit {
			err = tx.Commit()
		} else {
			err = tx.Rollback()
		}
		if err != nil {
			return err
		}
		got, err := numbers(db, "select count(*) from go_tx", 1)
		if err != nil {
			return err
		}
		want := 0
		if commit {
			want = 2
		}
		if err := expect(fmt.Sprintf("rows, commit %v", commit), got[0], want); err != nil {
			return err
		}
	}
	return nil
}

func expiry(db *sql.DB, control string) error {
	reply, err := http.Post(control+"/expire/sessions", "text/plain", nil)
	if err != nil {
		return err
	}
	reply.Body.Close()
	got, err := numbers(db, "select 41 + 1", 1)
	if err != nil {
		return err
	}
	return expect("after renewal", got[0], 42)
}

// run does everything against one sandbox started with these options.
func run(binary string, options ...string) error {
	command := exec.Command(binary, options...)
	input, err := command.StdinPipe()
	if err != nil {
		return err
	}
	output, err := command.StdoutPipe()
	if err != nil {
		return err
	}
	command.Stderr = os.Stderr
	if err := command.Start(); err != nil {
		return err
	}
	defer func() {
		input.Close()
		command.Wait()
	}()
	line, err := bufio.NewReader(output).ReadString('\n')
	if err != nil {
		return err
	}
	go io.Copy(io.Discard, output)
	var e endpoints
	if err := json.Unmarshal([]byte(line), &e); err != nil {
		return err
	}
	os.Setenv("SSL_CERT_FILE", e.CAFile)

	directory, err := os.MkdirTemp("", "sluice-interop-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(directory)
	label := " (" + strings.Join(options, " ") + ")"
	check("login by password, key pair, OAuth and access token"+label, login(e))
	check("wrong password is 390100"+label, wrongPassword(e))
	db := open(config(e))
	defer db.Close()
	db.SetMaxOpenConns(1) // one session, so that its temporary objects and transactions are seen
	check("bad SQL is 001003"+label, badSQL(db))
	check("DDL and DESC"+label, ddl(db))
	check("array binding of 300 rows in the request"+label, arrayBinding(db, 300, false, e.ControlURL))
	check("array binding of 5,000 rows through a stage"+label, arrayBinding(db, 5000, true, e.ControlURL))
	check("PUT and COPY of 3 files, 30,000 rows, user stage"+label, putAndCopy(db, directory, "@~/go/run1/", 3, 10000))
	if _, err := db.Exec("create or replace stage go_stage"); err != nil {
		check("named stage"+label, err)
	} else {
		check("PUT and COPY of 2 files, 2,000 rows, named stage"+label, putAndCopy2(db, directory))
	}
	check("transactions"+label, transactions(db))
	check("an expired session is renewed"+label, expiry(db, e.ControlURL))
	return nil
}

func putAndCopy2(db *sql.DB, directory string) error {
	own := filepath.Join(directory, "named")
	if err := os.Mkdir(own, 0o700); err != nil {
		return err
	}
	return putAndCopy(db, own, "@go_stage/load/1/", 2, 1000)
}

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: interop SANDBOX_BINARY [SANDBOX_OPTION...]")
		os.Exit(2)
	}
	sf.GetLogger().SetOutput(io.Discard)
	// One sandbox per process: Go reads SSL_CERT_FILE only once.
	if err := run(os.Args[1], os.Args[2:]...); err != nil {
		check("run", err)
	}
	if failures > 0 {
		os.Exit(1)
	}
}
