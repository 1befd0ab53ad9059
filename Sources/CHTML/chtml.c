#include "chtml.h"

#include <libxml/HTMLparser.h>
#include <limits.h>
#include <string.h>

typedef struct {
  const html_handler *handler;
  htmlParserCtxtPtr parser;
  int stopped;
} reading;

/// Stopping the parser does not keep it from closing what is open.
static void judge(reading *state, int goes_on) {
  if (goes_on || state->stopped) return;
  state->stopped = 1;
  xmlStopParser(state->parser);
}

static void on_open(void *data, const xmlChar *name, const xmlChar **attributes) {
  reading *state = data;
  if (state->stopped) return;
  judge(state, state->handler->open(state->handler->context, (const char *)name, (const char *const *)attributes));
}

static void on_close(void *data, const xmlChar *name) {
  reading *state = data;
  if (state->stopped) return;
  judge(state, state->handler->close(state->handler->context, (const char *)name));
}

static void on_text(void *data, const xmlChar *text, int count) {
  reading *state = data;
  if (state->stopped || count <= 0) return;
  judge(state, state->handler->text(state->handler->context, (const char *)text, (size_t)count));
}

int html_read(const char *bytes, size_t count, const html_handler *handler) {
  if (count > INT_MAX) return -1;
  htmlParserCtxtPtr parser = htmlNewParserCtxt();
  if (parser == NULL) return -1;
  reading state = {.handler = handler, .parser = parser, .stopped = 0};
  memset(parser->sax, 0, sizeof *parser->sax);
  parser->sax->initialized = 1;
  parser->sax->startElement = on_open;
  parser->sax->endElement = on_close;
  parser->sax->characters = on_text;
  parser->sax->ignorableWhitespace = on_text;
  parser->userData = &state;
  htmlDocPtr document = htmlCtxtReadMemory(
      parser, bytes, (int)count, NULL, "UTF-8",
      HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING | HTML_PARSE_NONET | HTML_PARSE_IGNORE_ENC);
  if (document != NULL) xmlFreeDoc(document);
  htmlFreeParserCtxt(parser);
  return 0;
}
