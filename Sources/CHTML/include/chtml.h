#pragma once
// HTML as events, by libxml2's parser, which mends what is wrong with it as browsers do. No tree is built, so that no
// nesting of the input becomes a nesting of calls.

#include <stddef.h>

/// What is told of a document, in its order. Each returns whether to go on.
typedef struct {
  /// Handed to each call.
  void *context;
  /// An element begins: its name in small letters, and its attributes as names and values in turn, ended by NULL, itself
  /// NULL where there are none. A value may be NULL.
  int (*open)(void *context, const char *name, const char *const *attributes);
  /// An element ends; also one that has no content.
  int (*close)(void *context, const char *name);
  /// A piece of text in UTF-8, with references resolved.
  int (*text)(void *context, const char *text, size_t count);
} html_handler;

/// Reads a document that is UTF-8 whatever it says of itself. Nothing is loaded from anywhere.
/// Returns 0, or -1 where memory is missing.
int html_read(const char *bytes, size_t count, const html_handler *handler);
