#define _GNU_SOURCE
#include "clinux.h"

#include <fcntl.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

_Static_assert(sizeof(linux_event) == sizeof(struct epoll_event), "linux_event mirrors epoll_event");
_Static_assert(LINUX_READABLE == EPOLLIN && LINUX_WRITABLE == EPOLLOUT && LINUX_ERROR == EPOLLERR &&
                   LINUX_HANGUP == EPOLLHUP && LINUX_PEER_CLOSED == EPOLLRDHUP,
               "the bits are epoll's own");

int linux_epoll_create(void) { return epoll_create1(EPOLL_CLOEXEC); }

static int control(int epoll, int operation, int fd, uint32_t events, uint64_t token) {
  struct epoll_event event = {.events = events, .data.u64 = token};
  return epoll_ctl(epoll, operation, fd, &event);
}

int linux_epoll_add(int epoll, int fd, uint32_t events, uint64_t token) {
  return control(epoll, EPOLL_CTL_ADD, fd, events, token);
}

int linux_epoll_modify(int epoll, int fd, uint32_t events, uint64_t token) {
  return control(epoll, EPOLL_CTL_MOD, fd, events, token);
}

int linux_epoll_remove(int epoll, int fd) { return control(epoll, EPOLL_CTL_DEL, fd, 0, 0); }

int linux_epoll_wait(int epoll, linux_event *events, int capacity, int timeout_ms) {
  return epoll_wait(epoll, (struct epoll_event *)events, capacity, timeout_ms);
}

int linux_eventfd_create(void) { return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); }

int linux_accept(int listener, struct sockaddr *address, socklen_t *length) {
  return accept4(listener, address, length, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

ssize_t linux_receive(int fd, void *target, size_t count) {
  return syscall(SYS_recvfrom, fd, target, count, 0, NULL, NULL);
}

ssize_t linux_send(int fd, const void *source, size_t count) {
  return syscall(SYS_sendto, fd, source, count, MSG_NOSIGNAL, NULL, 0);
}

static void handled(sigset_t *set) {
  sigemptyset(set);
  sigaddset(set, SIGTERM);
  sigaddset(set, SIGINT);
  sigaddset(set, SIGHUP);
}

int linux_signals_block(void) {
  sigset_t set;
  handled(&set);
  signal(SIGPIPE, SIG_IGN);
  return pthread_sigmask(SIG_BLOCK, &set, NULL);
}

int linux_signals_unblock(void) {
  sigset_t set;
  sigemptyset(&set);
  return pthread_sigmask(SIG_SETMASK, &set, NULL);
}

int linux_signalfd_create(void) {
  sigset_t set;
  handled(&set);
  return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

int linux_signalfd_read(int fd) {
  struct signalfd_siginfo info;
  return read(fd, &info, sizeof info) == sizeof info ? (int)info.ssi_signo : 0;
}

int linux_pin_thread(int processor) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(processor, &set);
  return sched_setaffinity(0, sizeof set, &set);
}

int linux_unpin_thread(void) {
  cpu_set_t set;
  CPU_ZERO(&set);
  for (int processor = 0; processor < CPU_SETSIZE; processor++) CPU_SET(processor, &set);
  return sched_setaffinity(0, sizeof set, &set);
}

int linux_count_tracepoint(uint64_t tracepoint, int thread) {
  struct perf_event_attr attributes = {
      .type = PERF_TYPE_TRACEPOINT, .size = sizeof attributes, .config = tracepoint, .inherit = 1};
  return (int)syscall(SYS_perf_event_open, &attributes, thread, -1, -1, PERF_FLAG_FD_CLOEXEC);
}

int linux_pipe_create(int *ends) { return pipe2(ends, O_CLOEXEC); }

int linux_pidfd_open(pid_t process) { return (int)syscall(SYS_pidfd_open, process, 0); }

int linux_memory_file(void) { return memfd_create("skein", MFD_CLOEXEC); }
