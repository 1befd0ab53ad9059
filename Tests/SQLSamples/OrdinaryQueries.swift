/// What people who look at their data ask, on the tables of `schema`.
package enum OrdinaryQueries {
  /// The tables, for tests that run the queries.
  package static let schema = """
    CREATE TABLE customers (id int PRIMARY KEY, name text NOT NULL, country text, born date, tags text[]);
    CREATE TABLE products (id int PRIMARY KEY, name text NOT NULL, price numeric(10, 2), category text);
    CREATE TABLE orders (
      id int PRIMARY KEY, customer_id int REFERENCES customers (id), placed_at timestamptz NOT NULL, status text);
    CREATE TABLE items (
      order_id int REFERENCES orders (id), product_id int REFERENCES products (id), quantity int, paid numeric(10, 2));
    CREATE TABLE events (id bigint PRIMARY KEY, at timestamp, payload jsonb, during int4range);
    CREATE TABLE staff (id int PRIMARY KEY, name text, manager_id int, salary numeric);
    """

  /// Rows for them.
  package static let rows = """
    INSERT INTO customers SELECT n, 'customer ' || n, (ARRAY['DE', 'FR', 'US'])[1 + n % 3], date '1980-01-01' + n,
      ARRAY['a', 'b' || n] FROM generate_series(1, 60) n;
    INSERT INTO products SELECT n, 'product ' || n, n * 3.5, (ARRAY['toys', 'tools'])[1 + n % 2]
      FROM generate_series(1, 30) n;
    INSERT INTO orders SELECT n, 1 + n % 50, timestamptz '2024-01-01 10:00' + n * interval '1 hour',
      (ARRAY['open', 'paid', 'sent'])[1 + n % 3] FROM generate_series(1, 200) n;
    INSERT INTO items SELECT 1 + n % 200, 1 + n % 30, 1 + n % 5, n * 0.5 FROM generate_series(1, 400) n;
    INSERT INTO events SELECT n, timestamp '2024-01-01' + n * interval '1 minute',
      jsonb_build_object('a', n, 'b', 'x', 'n', n, 'name', 'event ' || n, 'tags', '["t"]'::jsonb), int4range(n, n + 5)
      FROM generate_series(1, 50) n;
    INSERT INTO staff SELECT n, 'member ' || n, nullif(n / 2, 0), 1000 + n FROM generate_series(1, 20) n;
    ANALYZE;
    """

  package static let all = queries + expressions.map { "SELECT " + $0 }

  package static let queries = [
    "SELECT * FROM customers",
    "select * from customers;",
    "TABLE customers",
    "VALUES (1, 'a'), (2, 'b')",
    "SELECT 1",
    "SELECT 1 AS one, 'a' AS \"Text\"",
    "SELECT c.* FROM customers c",
    "SELECT name FROM public.customers WHERE country = 'DE' ORDER BY name LIMIT 10 OFFSET 5",
    "SELECT DISTINCT country FROM customers",
    "SELECT DISTINCT ON (customer_id) * FROM orders ORDER BY customer_id, placed_at DESC",
    "SELECT count(*) FROM orders",
    "SELECT count(DISTINCT customer_id) FROM orders",
    "SELECT status, count(*) FROM orders GROUP BY status HAVING count(*) > 1 ORDER BY 2 DESC NULLS LAST",
    "SELECT status, count(*) AS n FROM orders GROUP BY 1 ORDER BY n DESC FETCH FIRST 5 ROWS ONLY",
    "SELECT id FROM orders ORDER BY placed_at FETCH FIRST 3 ROWS WITH TIES",
    "SELECT c.name, o.id FROM customers c JOIN orders o ON o.customer_id = c.id",
    "SELECT c.name, o.id FROM customers c LEFT JOIN orders o ON o.customer_id = c.id WHERE o.id IS NULL",
    "SELECT c.name, o.id FROM customers c RIGHT JOIN orders o ON o.customer_id = c.id",
    "SELECT c.name, o.id FROM customers c FULL OUTER JOIN orders o ON o.customer_id = c.id",
    "SELECT * FROM customers CROSS JOIN products",
    "SELECT * FROM items JOIN (SELECT id AS product_id, name FROM products) p USING (product_id)",
    "SELECT * FROM orders NATURAL JOIN (SELECT id, name FROM customers) c",
    "SELECT * FROM customers c, orders o, items i WHERE c.id = o.customer_id AND o.id = i.order_id",
    """
    SELECT c.name, sum(i.quantity * p.price) AS total FROM customers c JOIN orders o ON o.customer_id = c.id
    JOIN items i ON i.order_id = o.id JOIN products p ON p.id = i.product_id GROUP BY c.name ORDER BY total DESC
    """,
    "SELECT a.name, b.name AS manager FROM staff a LEFT JOIN staff b ON b.id = a.manager_id",
    "SELECT * FROM customers WHERE id IN (SELECT customer_id FROM orders)",
    "SELECT * FROM customers WHERE id NOT IN (1, 2, 3)",
    "SELECT * FROM customers c WHERE EXISTS (SELECT FROM orders o WHERE o.customer_id = c.id)",
    "SELECT * FROM customers c WHERE NOT EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = c.id)",
    "SELECT * FROM products WHERE price > (SELECT avg(price) FROM products)",
    "SELECT * FROM products WHERE price >= ALL (SELECT price FROM products)",
    "SELECT * FROM products WHERE price = ANY (ARRAY[1, 2, 3])",
    "SELECT name, (SELECT count(*) FROM orders o WHERE o.customer_id = c.id) AS n FROM customers c",
    "SELECT * FROM (SELECT status, count(*) AS n FROM orders GROUP BY status) s WHERE n > 1",
    "SELECT c.name, l.* FROM customers c, LATERAL (SELECT * FROM orders WHERE customer_id = c.id LIMIT 1) l",
    "SELECT c.name, l.at FROM customers c LEFT JOIN LATERAL (SELECT max(placed_at) AS at FROM orders) l ON true",
    "SELECT 1 UNION SELECT 2",
    "SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 ORDER BY 1 LIMIT 2",
    "SELECT id FROM customers EXCEPT SELECT customer_id FROM orders",
    "SELECT id FROM customers INTERSECT SELECT customer_id FROM orders",
    "(SELECT 1) UNION (SELECT 2 ORDER BY 1 LIMIT 1)",
    "WITH n AS (SELECT 1 AS a) SELECT * FROM n",
    "WITH a AS (SELECT 1 AS x), b AS (SELECT x + 1 AS y FROM a) SELECT * FROM a, b",
    "WITH n (a, b) AS (VALUES (1, 'x')) SELECT * FROM n",
    "WITH n AS MATERIALIZED (SELECT * FROM orders) SELECT count(*) FROM n",
    "WITH n AS NOT MATERIALIZED (SELECT * FROM orders) SELECT count(*) FROM n",
    "WITH RECURSIVE t (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 10) SELECT sum(n) FROM t",
    """
    WITH RECURSIVE tree AS (
      SELECT id, name, 1 AS level FROM staff WHERE manager_id IS NULL
      UNION ALL SELECT s.id, s.name, t.level + 1 FROM staff s JOIN tree t ON t.id = s.manager_id)
    SELECT * FROM tree ORDER BY level
    """,
    """
    WITH RECURSIVE t AS (SELECT id, manager_id FROM staff UNION ALL SELECT s.id, s.manager_id FROM staff s JOIN t
    ON s.manager_id = t.id) SEARCH DEPTH FIRST BY id SET o CYCLE id SET c USING p SELECT * FROM t ORDER BY o
    """,
    "SELECT *, row_number() OVER (ORDER BY placed_at) FROM orders",
    "SELECT *, rank() OVER (PARTITION BY category ORDER BY price DESC) FROM products",
    "SELECT *, dense_rank() OVER w, percent_rank() OVER w FROM products WINDOW w AS (ORDER BY price)",
    "SELECT placed_at, lag(placed_at) OVER (PARTITION BY customer_id ORDER BY placed_at) FROM orders",
    "SELECT placed_at, lead(placed_at, 2) OVER (ORDER BY placed_at) FROM orders",
    "SELECT id, sum(price) OVER (ORDER BY id ROWS BETWEEN 2 PRECEDING AND CURRENT ROW) FROM products",
    "SELECT id, avg(price) OVER (ORDER BY id RANGE UNBOUNDED PRECEDING) FROM products",
    "SELECT id, sum(price) OVER (ORDER BY id GROUPS BETWEEN 1 PRECEDING AND 1 FOLLOWING EXCLUDE TIES) FROM products",
    "SELECT ntile(4) OVER (ORDER BY price), cume_dist() OVER (ORDER BY price) FROM products",
    "SELECT first_value(name) OVER w, last_value(name) OVER w, nth_value(name, 2) OVER w FROM products WINDOW w AS ()",
    "SELECT category, price, price - avg(price) OVER (PARTITION BY category) AS off FROM products",
    "SELECT count(*) FILTER (WHERE status = 'open') AS open, count(*) AS all FROM orders",
    "SELECT category, string_agg(name, ', ' ORDER BY name) FROM products GROUP BY category",
    "SELECT array_agg(DISTINCT country) FROM customers",
    "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY price) FROM products",
    """
    SELECT mode() WITHIN GROUP (ORDER BY status), percentile_disc(ARRAY[0.1, 0.9]) WITHIN GROUP (ORDER BY id) FROM
    orders
    """,
    "SELECT corr(quantity, paid), stddev(paid), variance(paid), regr_slope(paid, quantity) FROM items",
    """
    SELECT country, status, count(*) FROM customers c JOIN orders o ON o.customer_id = c.id GROUP BY ROLLUP
    (country, status)
    """,
    "SELECT category, name, sum(price), GROUPING(category) FROM products GROUP BY CUBE (category, name)",
    "SELECT category, name, sum(price) FROM products GROUP BY GROUPING SETS ((category), (name), ())",
    "SELECT date_trunc('month', placed_at) AS month, count(*) FROM orders GROUP BY 1 ORDER BY 1",
    "SELECT extract(year FROM placed_at) AS y, extract(dow FROM placed_at), count(*) FROM orders GROUP BY 1, 2",
    "SELECT * FROM orders WHERE placed_at >= now() - interval '7 days'",
    "SELECT * FROM orders WHERE placed_at::date = current_date",
    "SELECT * FROM orders WHERE placed_at BETWEEN '2024-01-01' AND '2024-12-31'",
    "SELECT * FROM orders WHERE (placed_at, placed_at) OVERLAPS (timestamptz '2024-01-01', interval '1 year')",
    """
    SELECT d::date, count(o.id) FROM generate_series('2024-01-01'::date, '2024-01-31', '1 day') d LEFT JOIN orders
    o ON o.placed_at::date = d::date GROUP BY 1
    """,
    "SELECT * FROM generate_series(1, 10) WITH ORDINALITY AS s (n, place)",
    "SELECT * FROM generate_series(10, 1, -3) n",
    "SELECT * FROM customers, unnest(tags) AS tag",
    "SELECT * FROM ROWS FROM (generate_series(1, 3), unnest(ARRAY['a', 'b'])) AS x (n, t)",
    "SELECT tag, count(*) FROM customers CROSS JOIN LATERAL unnest(tags) t (tag) GROUP BY tag",
    "SELECT payload->>'name', (payload->'n')::int FROM events WHERE payload @> '{\"a\": 1}'",
    "SELECT payload #>> '{a,b}' FROM events WHERE payload ? 'a' AND payload ?| ARRAY['a'] AND payload ?& ARRAY['a']",
    "SELECT key, value FROM events, jsonb_each(payload)",
    "SELECT x.* FROM events, jsonb_to_record(payload) AS x (a int, b text)",
    "SELECT * FROM jsonb_to_recordset('[{\"a\": 1, \"b\": \"x\"}]') AS x (a int, b text)",
    "SELECT e.id, t.value FROM events e, jsonb_array_elements_text(e.payload->'tags') AS t (value)",
    "SELECT payload['a']['b'] FROM events",
    "SELECT jsonb_path_query(payload, '$.items[*] ? (@.price > 10)') FROM events",
    "SELECT json_agg(c) FROM customers c",
    "SELECT json_build_object('id', id, 'name', name) FROM customers",
    "SELECT jsonb_object_agg(name, price) FROM products",
    "SELECT to_jsonb(c) - 'id' FROM customers c",
    "SELECT * FROM events WHERE during && '[1,5)'::int4range AND during @> 3",
    "SELECT * FROM customers WHERE name ILIKE 'a%' AND name NOT LIKE '%z' AND name ~* '^a' AND name !~ 'x'",
    "SELECT * FROM customers WHERE name SIMILAR TO '(a|b)%' OR name LIKE '10\\%' ESCAPE '\\'",
    "SELECT * FROM customers WHERE to_tsvector('english', name) @@ plainto_tsquery('english', 'smith')",
    "SELECT * FROM customers ORDER BY name COLLATE \"C\" DESC NULLS FIRST",
    """
    SELECT CASE WHEN price < 10 THEN 'cheap' WHEN price < 100 THEN 'fair' ELSE 'dear' END AS class, count(*) FROM
    products GROUP BY 1
    """,
    "SELECT CASE country WHEN 'DE' THEN 'Germany' ELSE country END FROM customers",
    "SELECT * FROM customers WHERE country IS NULL OR country IS DISTINCT FROM 'US'",
    "SELECT * FROM customers WHERE (id, name) = (1, 'a') OR ROW(id, name) IN ((1, 'a'), (2, 'b'))",
    "SELECT * FROM orders WHERE (status = 'open') IS NOT TRUE AND (status = 'x') IS UNKNOWN",
    "SELECT (c).name FROM (SELECT c FROM customers c) x",
    "SELECT * FROM customers TABLESAMPLE SYSTEM (10) REPEATABLE (1)",
    "SELECT * FROM customers TABLESAMPLE BERNOULLI (10)",
    "SELECT * FROM ONLY customers",
    "SELECT tags[1], tags[1:2], tags[:1] FROM customers",
    "SELECT ARRAY(SELECT id FROM orders ORDER BY id)",
    "SELECT -- a comment\n name /* another */ FROM customers -- the end",
    "EXPLAIN SELECT * FROM customers",
    "EXPLAIN (FORMAT JSON, COSTS false) SELECT * FROM customers",
    "EXPLAIN VERBOSE SELECT 1",
    "SHOW server_version",
    "SHOW TimeZone",
    "SHOW search_path",
    "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'",
    "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = 'orders'",
    "SELECT relname, reltuples FROM pg_class WHERE relkind = 'r'",
    "SELECT c.relname, a.attname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid",
    "SELECT pg_size_pretty(pg_total_relation_size('orders'))",
  ]

  package static let expressions = [
    "1 + 2 * 3 - 4 / 2 % 3, 2 ^ 3", "-price FROM products",
    "abs(-1), ceil(1.2), floor(1.8), round(1.234, 2), trunc(1.9)",
    "sqrt(2), cbrt(8), exp(1), ln(2), log(10), log(2, 8), power(2, 3), mod(7, 3), sign(-2), pi(), degrees(1)",
    "greatest(1, 2), least(1, 2), nullif(1, 1), coalesce(NULL, 1)", "width_bucket(5, 0, 10, 4)", "random() < 2",
    "sin(1), cos(1), tan(1), atan2(1, 2), sind(30)", "gcd(12, 18), lcm(4, 6), div(7, 2)", "1::numeric(10, 2)",
    "CAST('1' AS int), '1'::bigint, int '5', float8 '1.5'", "1.5::int, '2024-01-01'::date, true::text", "B'101'",
    "lower('A'), upper('a'), initcap('ab cd'), length('abc'), char_length('abc'), octet_length('é')",
    "trim('  a '), ltrim(' a'), rtrim('a '), btrim('xax', 'x'), trim(BOTH 'x' FROM 'xax')",
    "substring('abc' FROM 2 FOR 1), substr('abc', 2), left('abc', 1), right('abc', 1), substring('abc' FROM '[a-b]+')",
    "position('b' IN 'abc'), strpos('abc', 'b'), overlay('abcd' PLACING 'x' FROM 2 FOR 1), reverse('abc')",
    "replace('abc', 'b', 'x'), translate('abc', 'ab', 'xy'), split_part('a,b', ',', 2), starts_with('abc', 'a')",
    "concat('a', 1, NULL), concat_ws(',', 'a', 'b'), 'a' || 'b' || 1",
    "lpad('7', 3, '0'), rpad('a', 5), repeat('ab', 3)",
    "format('%s is %L', 'a', 'b'), quote_literal('a'), quote_ident('a b')",
    "ascii('a'), chr(97), md5('a'), to_hex(255)",
    "regexp_replace('abc', '[a-b]', 'x', 'g'), regexp_match('abc', 'b'), regexp_split_to_array('a b', ' ')",
    "regexp_matches('abcabc', 'b', 'g')", "regexp_split_to_table('a b', ' ')", "string_to_array('a,b', ',')",
    "string_to_table('a,b', ',')", "encode('a'::bytea, 'hex'), decode('YQ==', 'base64')", "U&'d\\0061t'", "E'a\\nb'",
    "$$dollar 'quoted'$$", "'it''s'", "'a' LIKE 'a%', 'a' ILIKE 'A'", "normalize('é', NFC), 'é' IS NORMALIZED",
    "sha256('a'::bytea)", "now(), current_date, current_time, current_timestamp, localtime, localtimestamp",
    "clock_timestamp() > now(), statement_timestamp(), transaction_timestamp()", "date '2024-01-31' + 1",
    "date '2024-01-31' + interval '1 month'", "timestamp '2024-01-01 10:00' - timestamp '2023-01-01'",
    "age(timestamp '2024-01-01', timestamp '2000-06-01'), age(date '2000-01-01')", "extract(epoch FROM now())",
    "date_part('week', date '2024-01-01'), date_trunc('quarter', now())", "to_char(now(), 'YYYY-MM-DD HH24:MI')",
    "to_char(1234.5, 'FM999,999.00'), to_date('2024-01-01', 'YYYY-MM-DD'), to_number('1,234', '9G999')",
    "to_timestamp(0), to_timestamp('2024', 'YYYY')",
    "make_date(2024, 1, 1), make_time(1, 2, 3), make_interval(days => 3)",
    "now() AT TIME ZONE 'UTC', timezone('Europe/Berlin', now())", "date_bin('15 minutes', now(), '2001-01-01')",
    "justify_hours(interval '30 hours'), isfinite(date '2024-01-01')", "interval '1 day' * 3, interval '1' DAY",
    "current_date - 7, current_date - interval '1 week'", "ARRAY[1, 2] || 3, ARRAY[[1, 2], [3, 4]]",
    """
    array_length(ARRAY[1, 2], 1), cardinality(ARRAY[1]), array_position(ARRAY['a'], 'a'),
    array_to_string(ARRAY[1], ',')
    """,
    "array_append(ARRAY[1], 2), array_remove(ARRAY[1, 2], 1), array_cat(ARRAY[1], ARRAY[2]), array_upper(ARRAY[1], 1)",
    "1 = ANY (ARRAY[1, 2]), ARRAY[1] <@ ARRAY[1, 2], ARRAY[1] && ARRAY[2]", "unnest(ARRAY[1, 2])",
    "generate_subscripts(ARRAY['a', 'b'], 1)", "generate_series(1, 5)", "generate_series(1, 100000, 1000)",
    "generate_series(timestamp '2024-01-01', '2024-01-02', '6 hours')", "'{1,2}'::int[]",
    "'{\"a\": [1, 2]}'::jsonb -> 'a' -> 0", "'{\"a\": 1}'::json ->> 'a'", "jsonb_build_object('a', 1, 'b', ARRAY[1])",
    "jsonb_array_length('[1, 2]'), jsonb_typeof('1'), jsonb_pretty('{\"a\": 1}')",
    "jsonb_set('{\"a\": 1}', '{a}', '2')",
    "jsonb_strip_nulls('{\"a\": null}'), '{\"a\": 1}'::jsonb || '{\"b\": 2}'", "jsonb_object_keys('{\"a\": 1}')",
    "jsonb_array_elements('[1, 2]')", "jsonb_path_exists('{\"a\": 1}', '$.a')",
    "jsonb_path_query_array('[1, 2]', '$[*]')",
    "row_to_json(row(1, 'a')), to_json(1), array_to_json(ARRAY[1])", "json_array_elements_text('[1, 2]')",
    "int4range(1, 5), upper(int4range(1, 5)), isempty(int4range(1, 1)), lower_inc('[1,2)'::int4range)",
    "daterange('2024-01-01', '2024-02-01') @> date '2024-01-15'", "tsrange('2024-01-01', NULL)",
    "range_merge('[1,2)'::int4range, '[3,4)')",
    "to_tsvector('english', 'the cats') @@ to_tsquery('english', 'cat')", "websearch_to_tsquery('a or b')",
    "ts_rank(to_tsvector('a b'), to_tsquery('a')), ts_headline('a b', to_tsquery('a'))", "gen_random_uuid()",
    "'550e8400-e29b-41d4-a716-446655440000'::uuid", "'192.168.0.1'::inet << '192.168.0.0/16', host('10.0.0.1'::inet)",
    "current_database(), current_schema(), version()", "pg_typeof(1), num_nulls(1, NULL)", "current_user, session_user",
    "1 < 2 AND 2 <= 3 OR NOT 4 <> 5", "true, false, NULL, 1 IS NOT NULL",
    "1 BETWEEN 0 AND 2, 1 NOT BETWEEN SYMMETRIC 3 AND 2",
    "5 & 3 | 1 # 2, ~1, 1 << 2, 8 >> 1", "1e3, .5, 1.5e-3, 9223372036854775807, 123456789012345678901234567890",
    "(1, 2) < (1, 3), ROW(1, 2)", "ROW(1, NULL) IS NULL", "'a' COLLATE \"C\" < 'b'", "1 AS \"select\", 2 AS \"Größe\"",
    "point '(1,2)' <-> point '(3,4)'", "bit_count(B'101'), get_byte('a'::bytea, 0)",
    "'12:30'::time + interval '1 hour'",
    "count(*) FROM orders o, customers c WHERE o.customer_id = c.id", "max(price) - min(price) FROM products",
    "bool_and(price > 0), bool_or(price > 5), every(true) FROM products",
    "sum(quantity), avg(quantity)::numeric(5, 1) FROM items",
    "quantity * paid AS total FROM items ORDER BY total DESC LIMIT 3",
    "id, name FROM staff WHERE salary > 1000 AND manager_id IS NOT NULL",
    "name FROM customers WHERE born > current_date - interval '30 years'",
    "upper(country), count(*) FROM customers GROUP BY upper(country)",
    "id % 2 = 0 AS even, count(*) FROM orders GROUP BY 1",
    "to_char(placed_at, 'Day') AS day, count(*) FROM orders GROUP BY day",
    "sum(paid) FILTER (WHERE quantity > 1) * 100.0 / nullif(sum(paid), 0) FROM items",
    "round(avg(price), 2) FROM products",
    "lower(name) LIKE '%a%' FROM customers", "1 WHERE 1 = 1", "count(*) > 0 FROM events WHERE payload IS NOT NULL",
  ]
}
