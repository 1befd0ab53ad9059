// Counts what a program allocates: preloaded into it, it writes "ALLOCATIONS BYTES\n" to the file that
// SKEIN_ALLOCATIONS names each time the program is sent SIGUSR1.
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

// glibc's own, so that no symbol has to be looked up by something that allocates.
extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

static atomic_ulong allocations, bytes;

static void count(size_t size) {
  atomic_fetch_add_explicit(&allocations, 1, memory_order_relaxed);
  atomic_fetch_add_explicit(&bytes, size, memory_order_relaxed);
}

void *malloc(size_t size) {
  count(size);
  return __libc_malloc(size);
}

void *calloc(size_t number, size_t size) {
  count(number * size);
  return __libc_calloc(number, size);
}

void *realloc(void *old, size_t size) {
  count(size);
  return __libc_realloc(old, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
  count(size);
  return __libc_memalign(alignment, size);
}

int posix_memalign(void **result, size_t alignment, size_t size) {
  count(size);
  *result = __libc_memalign(alignment, size);
  return *result ? 0 : 12;
}

static void write_number(char **end, unsigned long number) {
  char digits[24];
  int length = 0;
  do {
    digits[length++] = '0' + number % 10;
    number /= 10;
  } while (number);
  while (length) *(*end)++ = digits[--length];
}

// Nothing here may allocate: it runs in a signal's handler.
static void report(int signal) {
  (void)signal;
  char line[64], *end = line;
  write_number(&end, atomic_load(&allocations));
  *end++ = ' ';
  write_number(&end, atomic_load(&bytes));
  *end++ = '\n';
  int file = open(getenv("SKEIN_ALLOCATIONS"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (file >= 0) {
    ssize_t written = write(file, line, end - line);
    (void)written;
    close(file);
  }
}

__attribute__((constructor)) static void begin(void) {
  if (!getenv("SKEIN_ALLOCATIONS")) return;
  struct sigaction action = {.sa_handler = report, .sa_flags = SA_RESTART};
  sigaction(SIGUSR1, &action, NULL);
}
