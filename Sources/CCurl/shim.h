#pragma once
// libcurl's headers, and functions with fixed parameters for its variadic ones, which Swift can't call. Each is for
// options of one type, which the caller keeps right.

#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

static inline CURLcode curl_set_number(CURL *request, CURLoption option, long value) {
  return curl_easy_setopt(request, option, value);
}
static inline CURLcode curl_set_size(CURL *request, CURLoption option, curl_off_t value) {
  return curl_easy_setopt(request, option, value);
}
/// libcurl copies the text, but for that of `CURLOPT_POSTFIELDS`.
static inline CURLcode curl_set_text(CURL *request, CURLoption option, const char *value) {
  return curl_easy_setopt(request, option, value);
}
static inline CURLcode curl_set_pointer(CURL *request, CURLoption option, void *value) {
  return curl_easy_setopt(request, option, value);
}
/// `handler` is for the body or for the lines of the head, by `option`.
static inline CURLcode curl_set_receiver(CURL *request, CURLoption option, curl_write_callback handler) {
  return curl_easy_setopt(request, option, handler);
}
static inline CURLcode curl_set_opener(CURL *request, curl_opensocket_callback handler) {
  return curl_easy_setopt(request, CURLOPT_OPENSOCKETFUNCTION, handler);
}

static inline CURLcode curl_get_number(CURL *request, CURLINFO info, long *value) {
  return curl_easy_getinfo(request, info, value);
}
static inline CURLcode curl_get_pointer(CURL *request, CURLINFO info, void **value) {
  return curl_easy_getinfo(request, info, (char **)value);
}

static inline CURLMcode curl_multi_set_number(CURLM *multi, CURLMoption option, long value) {
  return curl_multi_setopt(multi, option, value);
}
static inline CURLMcode curl_multi_set_handlers(CURLM *multi, curl_socket_callback sockets, curl_multi_timer_callback timer,
                                                void *owner) {
  CURLMcode code = curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, owner);
  if (code == CURLM_OK) code = curl_multi_setopt(multi, CURLMOPT_TIMERDATA, owner);
  if (code == CURLM_OK) code = curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, sockets);
  if (code == CURLM_OK) code = curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, timer);
  return code;
}

/// Takes the next request that has ended: itself, and how; NULL where there is none.
static inline CURL *curl_multi_next_ended(CURLM *multi, CURLcode *result) {
  int left = 0;
  CURLMsg *message;
  while ((message = curl_multi_info_read(multi, &left)) != NULL) {
    if (message->msg != CURLMSG_DONE) continue;
    *result = message->data.result;
    return message->easy_handle;
  }
  return NULL;
}
