#pragma once
// The client library of MariaDB and MySQL, and functions for what its options take as untyped pointers.

#include <errno.h>
#include <mysql.h>
#include <poll.h>

/// How long one wait of a TLS handshake may last, in milliseconds.
static const int mariadb_handshake_wait = 5000;

/// Waits where the library can't be asked to return meanwhile, which is within TLS handshakes alone. Without this it would
/// take its limit in seconds for one in milliseconds.
static inline int mariadb_wait(my_socket socket, my_bool is_read, int timeout) {
  struct pollfd waited = {.fd = socket, .events = is_read ? POLLIN : POLLOUT, .revents = 0};
  int result;
  (void)timeout;
  do result = poll(&waited, 1, mariadb_handshake_wait);
  while (result < 0 && errno == EINTR);
  return result;
}

/// No file of this machine is sent, whatever the server asks for.
static inline int mariadb_refuse_file(void **state, const char *name, void *context) {
  (void)name;
  (void)context;
  *state = 0;
  return 1;
}
static inline int mariadb_read_nothing(void *state, char *buffer, unsigned int length) {
  (void)state;
  (void)buffer;
  (void)length;
  return -1;
}
static inline void mariadb_end_nothing(void *state) { (void)state; }
static inline int mariadb_file_error(void *state, char *text, unsigned int length) {
  (void)state;
  if (length > 0) text[0] = 0;
  return 1;
}

/// What is the same for every connection; 0 for success.
static inline int mariadb_prepare(MYSQL *handle, size_t stack, unsigned long largest_packet) {
  unsigned int no_files = 0;
  unsigned int protocol = MYSQL_PROTOCOL_TCP;
  my_bool no = 0;
  mysql_set_local_infile_handler(handle, mariadb_refuse_file, mariadb_read_nothing, mariadb_end_nothing,
                                 mariadb_file_error, 0);
  return mysql_options(handle, MYSQL_OPT_NONBLOCK, &stack) | mysql_options(handle, MYSQL_OPT_LOCAL_INFILE, &no_files) |
         mysql_options(handle, MYSQL_OPT_PROTOCOL, &protocol) | mysql_options(handle, MYSQL_OPT_RECONNECT, &no) |
         mysql_options(handle, MYSQL_SET_CHARSET_NAME, "utf8mb4") |
         mysql_options(handle, MYSQL_OPT_MAX_ALLOWED_PACKET, &largest_packet) |
         mysql_options(handle, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &no) |
         // None that would send the password itself to whoever asks for it.
         mysql_options(handle, MARIADB_OPT_RESTRICTED_AUTH,
                       "mysql_native_password,caching_sha2_password,sha256_password,client_ed25519") |
         mysql_options(handle, MARIADB_OPT_IO_WAIT, (const void *)mariadb_wait);
}

/// Speaks TLS where the server has it.
static inline int mariadb_prefer_tls(MYSQL *handle) {
  my_bool yes = 1;
  return mysql_options(handle, MYSQL_OPT_SSL_ENFORCE, &yes);
}

/// Speaks TLS, with the owner of one certificate alone.
/// - fingerprint: SHA-1 of it, in hexadecimal digits.
static inline int mariadb_pin_certificate(MYSQL *handle, const char *fingerprint) {
  return mysql_options(handle, MARIADB_OPT_TLS_PEER_FP, fingerprint);
}
