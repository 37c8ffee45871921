-- The bird strikes as examples/skyflow_vault.cpp reads them: numbered, and with a token for each airline.
select row_number() over (order by rowid) as strike_id,
       AIRLINE as airline,
       printf('airline_%02d', dense_rank() over (order by AIRLINE)) as airline_token,
       cast(COST_TOTAL as integer) as cost_total
from "SANDBOX.PUBLIC.BIRDSTRIKES" order by 1;
