#pragma once
// OpenSSL's headers, and functions for what they offer as macros only.

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/params.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <string.h>

typedef int openssl_name_callback(SSL *, int *, void *);
typedef int openssl_ticket_callback(SSL *, unsigned char *, unsigned char *, EVP_CIPHER_CTX *, EVP_MAC_CTX *, int);

static inline int openssl_set_least_version(SSL_CTX *context, int version) {
  return SSL_CTX_set_min_proto_version(context, version);
}
static inline int openssl_set_greatest_version(SSL_CTX *context, int version) {
  return SSL_CTX_set_max_proto_version(context, version);
}
static inline int openssl_set_groups(SSL_CTX *context, const char *groups) {
  return SSL_CTX_set1_groups_list(context, groups);
}
static inline void openssl_set_session_cache(SSL_CTX *context, long mode) {
  SSL_CTX_set_session_cache_mode(context, mode);
}

/// Buffers are given back while nothing is under way; nothing is renegotiated or compressed.
static inline void openssl_set_modes(SSL_CTX *context) {
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
}

/// The server chooses the cipher; ChaCha20 for clients that put it first, since they lack AES in hardware.
static inline void openssl_prefer_server_ciphers(SSL_CTX *context) {
  SSL_CTX_set_options(context, SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
}

static inline void openssl_set_name_callback(SSL_CTX *context, openssl_name_callback *callback, void *argument) {
  SSL_CTX_set_tlsext_servername_callback(context, callback);
  SSL_CTX_set_tlsext_servername_arg(context, argument);
}
static inline void openssl_set_ticket_callback(SSL_CTX *context, openssl_ticket_callback *callback, void *owner) {
  SSL_CTX_set_app_data(context, owner);
  SSL_CTX_set_tlsext_ticket_key_evp_cb(context, callback);
}
static inline void *openssl_ticket_owner(SSL *session) { return SSL_CTX_get_app_data(SSL_get_SSL_CTX(session)); }

/// Keys a ticket's authentication: HMAC with SHA-256. 1 for success.
static inline int openssl_ticket_mac(EVP_MAC_CTX *mac, const unsigned char *key, size_t count) {
  char digest[] = "SHA256";
  OSSL_PARAM parameters[3] = {
    OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, (void *)key, count),
    OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
    OSSL_PARAM_construct_end(),
  };
  return EVP_MAC_CTX_set_params(mac, parameters);
}

static inline int openssl_set_server_name(SSL *session, const char *name) {
  return (int)SSL_set_tlsext_host_name(session, name);
}

static inline void openssl_want_read(BIO *bio) { BIO_set_retry_read(bio); }
static inline void openssl_want_nothing(BIO *bio) { BIO_clear_retry_flags(bio); }

/// The number of names in a certificate's subjectAltName.
static inline int openssl_name_count(const GENERAL_NAMES *names) { return sk_GENERAL_NAME_num(names); }

/// The bytes of a DNS name; NULL for a name of another kind.
static inline const unsigned char *openssl_dns_name(const GENERAL_NAMES *names, int place, int *count) {
  const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, place);
  if (name->type != GEN_DNS) return NULL;
  *count = ASN1_STRING_length(name->d.dNSName);
  return ASN1_STRING_get0_data(name->d.dNSName);
}

/// A public key of the given kind and parameters; NULL where the library refuses them.
static inline EVP_PKEY *openssl_public_key(const char *kind, OSSL_PARAM *parameters) {
  EVP_PKEY *key = NULL;
  EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, kind, NULL);
  if (context == NULL || EVP_PKEY_fromdata_init(context) != 1 ||
      EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, parameters) != 1) {
    key = NULL;
  }
  EVP_PKEY_CTX_free(context);
  return key;
}

/// An RSA public key of two big-endian numbers; NULL where the library refuses them.
static inline EVP_PKEY *openssl_rsa_key(const unsigned char *modulus, size_t modulus_count,
                                        const unsigned char *exponent, size_t exponent_count) {
  EVP_PKEY *key = NULL;
  OSSL_PARAM *parameters = NULL;
  BIGNUM *n = BN_bin2bn(modulus, (int)modulus_count, NULL);
  BIGNUM *e = BN_bin2bn(exponent, (int)exponent_count, NULL);
  OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
  if (n != NULL && e != NULL && builder != NULL && OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n) == 1 &&
      OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e) == 1) {
    parameters = OSSL_PARAM_BLD_to_param(builder);
  }
  if (parameters != NULL) key = openssl_public_key("RSA", parameters);
  OSSL_PARAM_free(parameters);
  OSSL_PARAM_BLD_free(builder);
  BN_free(e);
  BN_free(n);
  return key;
}

/// A P-256 public key of an encoded point; NULL where that is not on the curve.
static inline EVP_PKEY *openssl_p256_key(const unsigned char *point, size_t count) {
  char group[] = "prime256v1";
  OSSL_PARAM parameters[3] = {
    OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
    OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, (void *)point, count),
    OSSL_PARAM_construct_end(),
  };
  return openssl_public_key("EC", parameters);
}
