/// Statements that must not be run on a MySQL, MariaDB or TiDB, by table and by generation.
package enum MySQLHostileStatements {
  /// What writes, or does something else than reading.
  package static let writes = [
    "INSERT INTO users (id, name) VALUES (1000, 'x')", "INSERT users SET id = 1000, name = 'x'",
    "REPLACE INTO users (id, name) VALUES (1, 'x')", "UPDATE users SET name = 'x'", "DELETE FROM users",
    "DELETE u FROM users u JOIN users v ON u.id = v.id", "TRUNCATE TABLE users", "DROP TABLE users", "DROP DATABASE x",
    "CREATE TABLE x (a int)", "CREATE TABLE x AS SELECT 1", "CREATE TEMPORARY TABLE x (a int)",
    "CREATE OR REPLACE TABLE users (a int)", "ALTER TABLE users ADD x int", "RENAME TABLE users TO x",
    "CREATE VIEW v AS SELECT 1", "CREATE INDEX i ON users (name)", "CREATE FUNCTION f() RETURNS int RETURN 1",
    "CREATE PROCEDURE p() SELECT 1", "CREATE TRIGGER t BEFORE INSERT ON users FOR EACH ROW SET @a = 1",
    "CREATE EVENT e ON SCHEDULE EVERY 1 SECOND DO DELETE FROM users", "CREATE SEQUENCE s", "DROP SEQUENCE numbers",
    "CREATE USER x IDENTIFIED BY 'x'", "GRANT ALL ON *.* TO x", "REVOKE ALL ON *.* FROM x", "SET PASSWORD = 'x'",
    "ALTER USER CURRENT_USER IDENTIFIED BY 'x'", "SET GLOBAL general_log = 1", "SET SESSION max_statement_time = 0",
    "SET sql_mode = 'ANSI_QUOTES'", "SET @x = 1", "SET ROLE NONE", "SET NAMES gbk", "SET CHARACTER SET latin1",
    "SET TRANSACTION READ WRITE", "SET STATEMENT max_statement_time = 0 FOR SELECT 1", "BEGIN", "START TRANSACTION",
    "COMMIT", "ROLLBACK", "SAVEPOINT a", "LOCK TABLES users WRITE", "UNLOCK TABLES", "FLUSH TABLES WITH READ LOCK",
    "FLUSH PRIVILEGES", "RESET MASTER", "PURGE BINARY LOGS BEFORE NOW()", "SHUTDOWN", "KILL 1", "KILL QUERY 1",
    "LOAD DATA INFILE '/etc/passwd' INTO TABLE users", "LOAD DATA LOCAL INFILE '/etc/passwd' INTO TABLE users",
    "LOAD XML INFILE '/etc/passwd' INTO TABLE users", "LOAD INDEX INTO CACHE users", "DO SLEEP(5)",
    "DO RELEASE_LOCK('x')", "CALL p()", "HANDLER users OPEN", "HANDLER users READ FIRST", "PREPARE s FROM 'SELECT 1'",
    "EXECUTE s", "EXECUTE IMMEDIATE 'DELETE FROM users'", "DEALLOCATE PREPARE s", "ANALYZE TABLE users",
    "ANALYZE SELECT 1", "OPTIMIZE TABLE users", "REPAIR TABLE users", "CHECK TABLE users", "CHECKSUM TABLE users",
    "CACHE INDEX users IN hot", "INSTALL PLUGIN x SONAME 'x.so'", "INSTALL SONAME 'x'", "UNINSTALL PLUGIN x",
    "CREATE SERVER s FOREIGN DATA WRAPPER mysql OPTIONS (HOST 'x')", "CHANGE MASTER TO MASTER_HOST = 'x'",
    "START SLAVE", "STOP SLAVE", "BINLOG 'x'", "XA START 'x'", "SIGNAL SQLSTATE '45000'", "USE mysql", "HELP 'x'",
    "BEGIN NOT ATOMIC DELETE FROM users; END", "SPLIT TABLE users BETWEEN (0) AND (9) REGIONS 2",
    "ADMIN CHECK TABLE users", "BATCH ON id LIMIT 1 DELETE FROM users", "BACKUP DATABASE * TO 'local:///tmp/x'",
    "IMPORT INTO users FROM '/etc/passwd'", "RECOVER TABLE users", "TRACE SELECT 1",
    "PLAN REPLAYER DUMP EXPLAIN SELECT 1",
  ]

  /// What reads, but not only, or not only tables.
  package static let reads = [
    "SELECT * FROM users INTO OUTFILE '/tmp/skein-x'", "SELECT 1 INTO OUTFILE '/tmp/skein-x'",
    "SELECT name FROM users LIMIT 1 INTO DUMPFILE '/tmp/skein-x'", "SELECT 1 INTO @x", "SELECT * INTO @a FROM users",
    "SELECT id FROM users INTO\tOUTFILE\n'/tmp/skein-x'", "SELECT 1 UNION SELECT 2 INTO OUTFILE '/tmp/skein-x'",
    "(SELECT 1) INTO OUTFILE '/tmp/skein-x'", "TABLE users INTO OUTFILE '/tmp/skein-x'",
    "VALUES (1) INTO OUTFILE '/tmp/skein-x'", "SELECT * FROM (SELECT 1 INTO OUTFILE '/tmp/skein-x') x",
    "WITH a AS (SELECT 1) SELECT * FROM a INTO OUTFILE '/tmp/skein-x'",
    "EXPLAIN SELECT 1 INTO OUTFILE '/tmp/skein-x'", "SELECT 1 into/**/outfile '/tmp/skein-x'",
    "SELECT 1--/**/'\nINTO OUTFILE \"/tmp/skein-x\" -- '", "SELECT 1 /*!INTO OUTFILE '/tmp/skein-x'*/",
    "SELECT 1 /*!50000INTO OUTFILE '/tmp/skein-x'*/",
    "SELECT 1 /*M!INTO OUTFILE '/tmp/skein-x'*/", "SELECT 1 /*M!100000 INTO OUTFILE '/tmp/skein-x'*/",
    "SELECT 1 /*T! INTO OUTFILE '/tmp/skein-x'*/", "SELECT 1 /*T![auto_rand] INTO OUTFILE '/tmp/skein-x'*/",
    "SELECT /*+ SET_VAR(max_execution_time = 0) */ 1", "SELECT /*+ MAX_EXECUTION_TIME(0) */ 1",
    "SELECT /*+READ_FROM_STORAGE(TIKV[users])*/ 1", "SELECT /* /*! */ 1", "SELECT /*!1*/", "/*!DELETE FROM users*/",
    "/*!99999 x*/ DELETE FROM users", "SELECT 1 /*", "SELECT 1 /*! + 1", "/**//*!SELECT*/ 1",
    "SELECT * FROM users FOR UPDATE", "SELECT * FROM users FOR UPDATE NOWAIT", "SELECT * FROM users FOR SHARE",
    "SELECT * FROM users FOR UPDATE SKIP LOCKED", "SELECT * FROM users LOCK IN SHARE MODE",
    "SELECT * FROM (SELECT * FROM users FOR UPDATE) x", "SELECT (SELECT id FROM users LIMIT 1 FOR UPDATE)",
    "SELECT * FROM users FOR/**/UPDATE", "SELECT 1 FROM users FOR\nSHARE", "(SELECT 1 FROM users) FOR UPDATE",
    "SELECT SUBSTRING((SELECT name FROM users LIMIT 1 FOR UPDATE) FROM 1 FOR 2)",
    "SELECT * FROM users PROCEDURE ANALYSE()", "SELECT * FROM users LIMIT 1 PROCEDURE ANALYSE(1, 1)",
    "SELECT @x := 1", "SELECT @x := id FROM users", "SELECT @x", "SELECT @@version", "SELECT @@global.datadir",
    "SELECT @@SESSION.sql_mode", "SELECT @`x`", "SELECT @'x'", "SELECT NEXT VALUE FOR numbers",
    "SELECT PREVIOUS VALUE FOR numbers", "SELECT SUBSTRING(NEXT VALUE FOR numbers FROM 1)",
    "SELECT SUBSTRING('a' FROM NEXT VALUE FOR numbers)", "SELECT numbers.nextval FROM numbers FOR UPDATE",
    "SELECT HIGH_PRIORITY * FROM users", "SELECT SQL_CALC_FOUND_ROWS * FROM users LIMIT 1", "EXPLAIN ANALYZE SELECT 1",
    "EXPLAIN DELETE FROM users", "EXPLAIN UPDATE users SET name = 'x'", "EXPLAIN INSERT INTO users (id) VALUES (1)",
    "EXPLAIN REPLACE INTO users (id) VALUES (1)", "EXPLAIN FOR CONNECTION 1", "EXPLAIN FORMAT=JSON FOR CONNECTION 1",
    "DESC FOR CONNECTION 1", "EXPLAIN ALTER TABLE users ADD x int", "EXPLAIN EXPLAIN SELECT 1", "EXPLAIN",
    "EXPLAIN FORMAT=x SELECT 1", "EXPLAIN INTO @x SELECT 1", "DESCRIBE mysql.user", "DESC mysql . `user`",
    "DESCRIBE users, users", "DESCRIBE (DELETE FROM users)", "SHOW GRANTS", "SHOW VARIABLES", "SHOW GLOBAL VARIABLES",
    "SHOW STATUS", "SHOW PROCESSLIST", "SHOW FULL PROCESSLIST", "SHOW MASTER STATUS", "SHOW BINARY LOGS",
    "SHOW BINLOG EVENTS", "SHOW SLAVE STATUS", "SHOW PLUGINS", "SHOW ENGINE INNODB STATUS", "SHOW CREATE USER",
    "SHOW CREATE FUNCTION greet", "SHOW CREATE PROCEDURE p", "SHOW EXPLAIN FOR 1", "SHOW TABLES FROM mysql",
    "SHOW COLUMNS FROM user FROM mysql", "SHOW COLUMNS FROM mysql.user", "SHOW CREATE TABLE mysql.user",
    "SHOW TABLES WHERE SLEEP(5)", "SHOW COLUMNS FROM users WHERE SLEEP(5)", "SHOW TABLES LIKE 'x' INTO OUTFILE 'y'",
    "SHOW TABLE STATUS WHERE LOAD_FILE('/etc/passwd')", "SHOW INDEX FROM performance_schema.threads",
    "SHOW CREATE TABLE users, users", "SHOW WARNINGS", "SHOW PROFILES", "SHOW AUTHORS", "SHOW",
    "SELECT * FROM mysql.user", "SELECT * FROM `mysql`.`user`", "SELECT * FROM MYSQL.user",
    "SELECT * FROM mysql . user",
    "SELECT * FROM mysql/**/./**/user", "SELECT * FROM mysql.global_priv", "SELECT mysql.user.host FROM mysql.user",
    "SELECT * FROM information_schema.processlist", "SELECT * FROM information_schema.user_privileges",
    "SELECT * FROM information_schema.`PROCESSLIST`", "SELECT * FROM INFORMATION_SCHEMA.FILES",
    "SELECT * FROM information_schema.innodb_trx", "SELECT * FROM information_schema.global_variables",
    "SELECT * FROM information_schema.CLUSTER_CONFIG", "SELECT * FROM performance_schema.threads",
    "SELECT * FROM performance_schema.events_statements_history", "SELECT * FROM sys.processlist",
    "SELECT * FROM users u JOIN mysql.user m", "SELECT * FROM users WHERE id IN (SELECT 1 FROM mysql.user)",
    "SELECT 1 UNION SELECT password FROM mysql.user", "WITH a AS (SELECT * FROM mysql.user) SELECT * FROM a",
    "TABLE mysql.user", "SELECT (TABLE mysql.db)", "SELECT 1; SELECT 2", "SELECT 1;;SELECT 2",
    "SELECT 1;\n--\nSELECT 2",
    "SELECT 1;/**/DELETE FROM users", "SELECT ';'; DELETE FROM users", "; SELECT 1", "", ";", "--", "/**/", "#",
    "SELECT 'a", "SELECT \"a", "SELECT `a", "SELECT `", "SELECT ``", "SELECT (1", "SELECT 1)", "SELECT 1 {",
    "SELECT {d '2024-01-01'}",
    "SELECT {fn SLEEP(5)}", "SELECT \\N", "SELECT ?", "SELECT :x", "SELECT $x", "SELECT 1abc", "SELECT 0x",
    "SELECT 0xZZ",
    "SELECT 1e", "SELECT 1.e1.2", "SELECT users.1 FROM users", "SELECT _gbk'\\'", "SELECT _latin1 'a'",
    "SELECT _ucs2 0x41",
    "SELECT _sjis\"a\\\"", "DELIMITER //", "source /etc/passwd", "\\! id", "\\. /etc/passwd", "SELECT 1\\G",
    "SELECT\u{A0}1",
    "\u{FEFF}SELECT 1", "ＳＥＬＥＣＴ 1", "SELECT REPEAT('x', 1000000000)", "SELECT REPEAT('x', id) FROM users",
    "SELECT SPACE(1000000000)", "SELECT LPAD('x', 1000000000, 'y')", "SELECT RPAD('x', 1e9, 'y')",
    "SELECT REPEAT('x', 1000 * 1000)", "SELECT REPEAT('x', (1000000))", "SELECT REPEAT('x')", "SELECT 1--1",
    "GET DIAGNOSTICS @x = NUMBER",
  ]

  /// Functions that read files, sleep, lock, connect, change variables or sequences, unpack, or tell of others.
  package static let functions = """
    SLEEP BENCHMARK LOAD_FILE GET_LOCK RELEASE_LOCK RELEASE_ALL_LOCKS IS_FREE_LOCK IS_USED_LOCK MASTER_POS_WAIT
    MASTER_GTID_WAIT SOURCE_POS_WAIT WAIT_FOR_EXECUTED_GTID_SET WAIT_UNTIL_SQL_THREAD_AFTER_GTIDS LAST_INSERT_ID ROW_COUNT
    FOUND_ROWS NEXTVAL SETVAL LASTVAL UPDATEXML EXTRACTVALUE UNCOMPRESS COMPRESS UNCOMPRESSED_LENGTH AES_DECRYPT
    AES_ENCRYPT DES_DECRYPT ENCRYPT ENCODE DECODE PASSWORD OLD_PASSWORD SYS_EXEC SYS_EVAL SYS_GET SYS_SET LIB_MYSQLUDF_SYS
    SPIDER_DIRECT_SQL SPIDER_BG_DIRECT_SQL SPIDER_COPY_TABLES WSREP_SYNC_WAIT_UPTO_GTID WSREP_LAST_SEEN_GTID CONNECTION_ID
    PS_CURRENT_THREAD_ID ICU_VERSION ROLES_GRAPHML GROUP_REPLICATION_SET_AS_PRIMARY VALIDATE_PASSWORD_STRENGTH NAME_CONST
    DEFAULT UUID_SHORT RANDOM_BYTES MY_OWN GREET STATEMENT_DIGEST STATEMENT_DIGEST_TEXT KEYRING_KEY_FETCH
    KEYRING_KEY_STORE KEYRING_KEY_GENERATE TIDB_DECODE_KEY TIDB_VERSION TIDB_IS_DDL_OWNER TIDB_BOUNDED_STALENESS
    HTTP_GET CURL XP_CMDSHELL PG_SLEEP VALIDATE MASTER_KEY DECODE_HISTOGRAM COLUMN_CREATE BINLOG_GTID_POS
    CAN_ACCESS_TABLE GET_DD_CREATE_OPTIONS INTERNAL_TABLE_ROWS LOAD LOAD_DATA unknown_function
    """.split { $0 == " " || $0 == "\n" }.map(String.init)

  /// Where a call may stand, and how it may be written.
  package static let places = [
    "SELECT §('1')", "SELECT ¶('1')", "SELECT § ('1')", "SELECT §/**/('1')", "SELECT §\n\t('1')", "SELECT §-- x\n('1')",
    "SELECT §#x\n('1')", "SELECT `§`('1')", "SELECT x.§('1')", "SELECT 1 FROM users WHERE §('1')",
    "SELECT 1 FROM users ORDER BY §('1')", "SELECT 1 FROM users GROUP BY §('1')", "SELECT (SELECT §('1'))",
    "WITH a AS (SELECT §('1')) SELECT * FROM a", "SELECT COUNT(§('1')) FROM users", "SELECT 1 FROM users HAVING §('1')",
    "VALUES (§('1'))", "SELECT IF(§('1'), 1, 2)", "SELECT CASE WHEN §('1') THEN 1 END", "EXPLAIN SELECT §('1')",
    "SELECT * FROM users u JOIN users v ON §('1')", "SELECT 1 UNION SELECT §('1')", "SELECT 1 LIMIT §('1')",
    "SELECT -§('1')", "SELECT 1 AND §('1')", "SELECT * FROM §('1')", "SELECT CONCAT('a',§('1'))", "SELECT!§('1')",
    "SELECT(§('1'))", "SELECT'a',§('1')", "SELECT 1,§('1')FROM users", "SELECT 0x41,§('1')", "SELECT 'it''s',§('1')",
    "SELECT 'a\\'',§('1')", "SELECT \"'\",§('1')",
  ]

  package static var calls: [String] {
    functions.flatMap { name in places.map { Self.call(name, in: $0) } }
  }

  /// - Parameter place: with `§` for the function, or `¶` for its name in small letters.
  package static func call(_ name: String, in place: String) -> String {
    place.replacing("§", with: name).replacing("¶", with: name.lowercased())
  }

  /// Where a statement that writes may hide.
  package static let disguises = [
    "@", "@;", "SELECT 1; @", "@; SELECT 1", "/* SELECT 1 */ @", "-- SELECT 1\n@", "# SELECT 1\n@",
    "EXPLAIN ANALYZE @", "BEGIN; @; COMMIT", "SELECT 1 /*! ; @ */", "/*!@*/", "SELECT 1;--\n@", "(@)",
    "SELECT '\\\\'; @ -- '", "SELECT \"\\\"\"; @", "SELECT `a``;` FROM b; @",
  ]

  /// Where the server itself finds no statement, nor does the judge always: some words are names, too.
  private static let foreignPlaces = [
    "WITH x AS (@) SELECT 1", "SELECT * FROM (@) x", "SELECT 1 UNION @", "WITH x AS (SELECT 1) @", "SELECT 1 @",
  ]

  package static var disguised: [String] {
    writes.flatMap { write in disguises.map { $0.replacing("@", with: write) } }
  }

  /// Refused by the judge, or by the server.
  package static var embedded: [String] {
    writes.flatMap { write in foreignPlaces.map { $0.replacing("@", with: write) } }
  }

  package static var all: [String] { reads + disguised + calls }
}
