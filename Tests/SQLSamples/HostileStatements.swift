/// Statements that must not be run, by table and by generation.
package enum HostileStatements {
  /// What writes, or does something else than reading.
  package static let writes = [
    "INSERT INTO users VALUES (1)",
    "UPDATE users SET name = 'x'",
    "DELETE FROM users",
    "TRUNCATE users",
    "MERGE INTO users u USING x ON u.id = x.id WHEN MATCHED THEN DELETE",
    "DROP TABLE users",
    "CREATE TABLE x (a int)",
    "CREATE TABLE x AS SELECT 1",
    "CREATE TEMP TABLE x (a int)",
    "ALTER TABLE users ADD COLUMN x int",
    "CREATE VIEW v AS SELECT 1",
    "CREATE INDEX ON users (id)",
    "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE EXTENSION dblink",
    "CREATE ROLE x SUPERUSER",
    "ALTER ROLE postgres PASSWORD 'x'",
    "GRANT ALL ON users TO public",
    "REVOKE ALL ON users FROM public",
    "DROP DATABASE x",
    "CREATE DATABASE x",
    "ALTER SYSTEM SET fsync = off",
    "SET statement_timeout = 0",
    "SET LOCAL transaction_read_only = off",
    "SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE",
    "SET ROLE postgres",
    "SET SESSION AUTHORIZATION postgres",
    "RESET ALL",
    "DISCARD ALL",
    "BEGIN",
    "START TRANSACTION READ WRITE",
    "COMMIT",
    "ROLLBACK",
    "END",
    "ABORT",
    "SAVEPOINT a",
    "RELEASE a",
    "ROLLBACK TO a",
    "PREPARE TRANSACTION 'x'",
    "COMMIT PREPARED 'x'",
    "LOCK TABLE users",
    "LISTEN x",
    "UNLISTEN *",
    "NOTIFY x, 'y'",
    "COPY users TO '/tmp/x'",
    "COPY users FROM '/etc/passwd'",
    "COPY (SELECT 1) TO PROGRAM 'id'",
    "COPY users FROM PROGRAM 'id'",
    "COPY users TO STDOUT",
    "DO $$ BEGIN PERFORM pg_sleep(600); END $$",
    "CALL p()",
    "EXECUTE p",
    "PREPARE p AS SELECT 1",
    "DEALLOCATE p",
    "DECLARE c CURSOR FOR SELECT 1",
    "FETCH ALL FROM c",
    "MOVE 1 FROM c",
    "CLOSE c",
    "VACUUM",
    "VACUUM FULL users",
    "ANALYZE",
    "CLUSTER",
    "REINDEX DATABASE x",
    "CHECKPOINT",
    "LOAD '/tmp/x.so'",
    "COMMENT ON TABLE users IS 'x'",
    "SECURITY LABEL ON TABLE users IS 'x'",
    "REFRESH MATERIALIZED VIEW v",
    "IMPORT FOREIGN SCHEMA x FROM SERVER y INTO z",
    "CREATE SERVER s FOREIGN DATA WRAPPER postgres_fdw",
    "CREATE USER MAPPING FOR public SERVER s",
    "CREATE SUBSCRIPTION s CONNECTION 'host=x' PUBLICATION p",
    "CREATE PUBLICATION p FOR ALL TABLES",
    "CREATE TRIGGER t BEFORE INSERT ON users EXECUTE FUNCTION f()",
    "CREATE RULE r AS ON SELECT TO users DO INSTEAD NOTHING",
    "CREATE EVENT TRIGGER t ON ddl_command_start EXECUTE FUNCTION f()",
    "REASSIGN OWNED BY a TO b",
    "DROP OWNED BY a",
    "ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO public",
  ]

  /// Functions that read files, sleep, lock, signal, connect out, change settings or sequences, run text, or tell of
  /// others.
  package static let functions = """
    pg_sleep pg_sleep_for pg_sleep_until pg_read_file pg_read_binary_file pg_stat_file pg_ls_dir pg_ls_logdir
    pg_ls_waldir pg_ls_tmpdir pg_ls_archive_statusdir pg_current_logfile pg_file_write pg_file_rename pg_file_unlink
    pg_file_sync lo_import lo_export lo_create lo_creat lo_unlink lo_open lo_close loread lowrite lo_get lo_put
    lo_from_bytea lo_truncate lo_lseek lo_tell pg_advisory_lock pg_advisory_xact_lock pg_try_advisory_lock
    pg_advisory_lock_shared pg_advisory_unlock pg_advisory_unlock_all pg_try_advisory_xact_lock pg_terminate_backend
    pg_cancel_backend pg_reload_conf pg_rotate_logfile pg_log_backend_memory_contexts pg_promote pg_switch_wal
    pg_create_restore_point pg_backup_start pg_backup_stop pg_wal_replay_pause pg_wal_replay_resume pg_notify
    set_config current_setting setseed nextval setval currval lastval dblink dblink_connect dblink_exec dblink_open
    dblink_send_query dblink_connect_u postgres_fdw_get_connections postgres_fdw_disconnect query_to_xml
    query_to_xml_and_xmlschema table_to_xml schema_to_xml database_to_xml cursor_to_xml query_to_xmlschema xpath
    xpath_exists xml_is_well_formed txid_current pg_current_xact_id txid_status pg_export_snapshot pg_backend_pid
    pg_blocking_pids pg_stat_get_activity pg_stat_get_backend_activity pg_stat_reset pg_stat_reset_shared
    pg_stat_clear_snapshot pg_logical_emit_message pg_create_logical_replication_slot
    pg_create_physical_replication_slot pg_drop_replication_slot pg_replication_origin_create
    pg_logical_slot_get_changes pg_import_system_collations pg_extension_config_dump pg_nextoid
    pg_stop_making_pinned_objects binary_upgrade_set_next_pg_type_oid brin_summarize_new_values
    gin_clean_pending_list pg_relation_filepath pg_show_all_settings pg_hba_file_rules pg_show_all_file_settings
    inet_server_addr inet_client_addr inet_server_port pg_conf_load_time pg_postmaster_start_time pg_is_in_recovery
    pg_get_functiondef pg_get_userbyid has_table_privilege crosstab connectby plpgsql_call_handler
    language_handler_in ts_stat ts_debug ts_parse ts_lexize ts_rewrite json_populate_type to_regclass to_regproc
    array_fill factorial gen_salt crypt pgp_sym_decrypt pg_stat_statements pg_stat_statements_reset pg_prewarm
    pg_truncate_visibility_map pg_read_server_files get_raw_page heap_page_items bt_metap pgstattuple
    pg_buffercache_pages http_get http_post curl plpy_execute exec system shell load_file sys_eval xp_cmdshell
    benchmark sleep unknown_function
    """.split { $0 == " " || $0 == "\n" }.map(String.init)

  /// Where a call may stand.
  package static let places = [
    "SELECT F(A)", "SELECT * FROM F(A)", "SELECT pg_catalog.F(A)", "SELECT (SELECT F(A))",
    "SELECT 1 WHERE F(A) IS NULL",
    "WITH x AS (SELECT F(A)) SELECT 1", "VALUES (F(A))", "SELECT lower(F(A)::text)", "SELECT 1 ORDER BY F(A)",
    "EXPLAIN SELECT F(A)", "SELECT 1 FROM t JOIN LATERAL F(A) x ON true",
    "SELECT coalesce(NULL, F(A)) FROM t GROUP BY 1",
    "SELECT count(*) FILTER (WHERE F(A) IS NULL) FROM t", "SELECT max(F(A)) OVER () FROM t",
  ]

  package static var calls: [String] {
    functions.flatMap { name in
      places.map { $0.replacing("F(A)", with: "\(name)('1')") }
    }
  }

  /// Where a statement that writes may hide.
  package static let disguises = [
    "@", "@;", "SELECT 1; @", "@; SELECT 1", "/* SELECT 1 */ @", "-- SELECT 1\n@", "WITH x AS (@) SELECT 1",
    "SELECT * FROM (@) x", "EXPLAIN ANALYZE @", "BEGIN; @; COMMIT", "SELECT 1 UNION @",
  ]

  package static var disguised: [String] {
    writes.flatMap { write in disguises.map { $0.replacing("@", with: write) } }
  }

  package static var all: [String] { reads + disguised + calls }
}
