#pragma once
// What Linux offers and Swift's Glibc module leaves out: epoll, eventfd, signalfd, accept4, thread affinity, counters.

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

/// One readiness event: the token given at registration, and the EPOLL* bits.
typedef struct __attribute__((packed)) {
  uint32_t events;
  uint64_t token;
} linux_event;

enum {
  LINUX_READABLE = 0x001,
  LINUX_WRITABLE = 0x004,
  LINUX_ERROR = 0x008,
  LINUX_HANGUP = 0x010,
  LINUX_PEER_CLOSED = 0x2000,
};

/// Each returns -1 with errno set where it fails.
int linux_epoll_create(void);
int linux_epoll_add(int epoll, int fd, uint32_t events, uint64_t token);
int linux_epoll_modify(int epoll, int fd, uint32_t events, uint64_t token);
int linux_epoll_remove(int epoll, int fd);
int linux_epoll_wait(int epoll, linux_event *events, int capacity, int timeout_ms);

/// A non-blocking, close-on-exec event counter.
int linux_eventfd_create(void);

/// Accepts one connection, non-blocking and close-on-exec.
int linux_accept(int listener, struct sockaddr *address, socklen_t *length);

/// recv and send (with MSG_NOSIGNAL), which are no points of cancellation here.
ssize_t linux_receive(int fd, void *target, size_t count);
ssize_t linux_send(int fd, const void *source, size_t count);

/// Blocks SIGTERM, SIGINT, SIGHUP in the calling thread (and the threads it starts), and ignores SIGPIPE.
int linux_signals_block(void);

/// Unblocks every signal: what a child process needs before it executes another program.
int linux_signals_unblock(void);

/// A non-blocking descriptor that delivers the blocked signals.
int linux_signalfd_create(void);

/// Reads one signal's number from a signalfd; 0 where none waits.
int linux_signalfd_read(int fd);

/// Pins the calling thread to one processor.
int linux_pin_thread(int processor);

/// Lets the calling thread run on every processor again.
int linux_unpin_thread(void);

/// A descriptor that counts how often a thread passes a tracepoint, to be read as a uint64_t; -1 with errno set where
/// the kernel or the caller's rights don't allow it.
int linux_count_tracepoint(uint64_t tracepoint, int thread);

/// A pipe whose ends, the reading one first, are close-on-exec.
int linux_pipe_create(int *ends);

/// A close-on-exec descriptor that is readable once a child has ended.
int linux_pidfd_open(pid_t process);

/// A file in memory, close-on-exec, that ends with its last descriptor.
int linux_memory_file(void);
