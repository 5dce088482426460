/* Logs, in order, what a process does to the files below a folder: LD_PRELOAD it, with DISK_LOG naming the log and
 * DISK_LOG_BELOW the folder. One record an operation: a letter, the length of the path, of the data, an offset, the
 * path, the data. W writes, S sets the length, F flushes (of a folder as well), U unlinks, R renames (the data is the
 * new path), C creates. What is mapped into memory is not seen: SQLite maps its index alone, which no start believes. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

/* `real` is the function of that name that would have been called without this library. */
#define REAL(name, type, ...)           \
    static type (*real)(__VA_ARGS__);   \
    if (!real) *(void **)&real = dlsym(RTLD_NEXT, name)

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static int below(const char *path) {
    const char *folder = getenv("DISK_LOG_BELOW");
    return folder && strncmp(path, folder, strlen(folder)) == 0;
}

static int path_of(int fd, char *path, size_t size) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, size - 1);
    if (n <= 0) return 0;
    path[n] = 0;
    return below(path);
}

static void put(char kind, const char *path, uint64_t offset, const void *data, uint32_t size) {
    static int log_fd = -1;
    static ssize_t (*raw_write)(int, const void *, size_t);
    static int (*raw_open)(const char *, int, ...);
    struct __attribute__((packed)) {
        char kind;
        uint32_t path, size;
        uint64_t offset;
    } head = {kind, (uint32_t)strlen(path), size, offset};
    pthread_mutex_lock(&lock);
    if (log_fd < 0) {
        *(void **)&raw_write = dlsym(RTLD_NEXT, "write");
        *(void **)&raw_open = dlsym(RTLD_NEXT, "open");
        log_fd = raw_open(getenv("DISK_LOG"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    }
    raw_write(log_fd, &head, sizeof head);
    raw_write(log_fd, path, head.path);
    if (size) raw_write(log_fd, data, size);
    pthread_mutex_unlock(&lock);
}

#define WRITTEN(fd, data, n, at)                                                  \
    do {                                                                          \
        char path[512];                                                           \
        if (n > 0 && path_of(fd, path, sizeof path)) put('W', path, (uint64_t)(at), data, (uint32_t)(n)); \
    } while (0)

ssize_t write(int fd, const void *data, size_t size) {
    REAL("write", ssize_t, int, const void *, size_t);
    char path[512];
    off_t at = path_of(fd, path, sizeof path) ? lseek(fd, 0, SEEK_CUR) : 0;
    ssize_t n = real(fd, data, size);
    WRITTEN(fd, data, n, at);
    return n;
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t at) {
    REAL("pwrite", ssize_t, int, const void *, size_t, off_t);
    ssize_t n = real(fd, data, size, at);
    WRITTEN(fd, data, n, at);
    return n;
}

ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at) {
    REAL("pwrite64", ssize_t, int, const void *, size_t, off64_t);
    ssize_t n = real(fd, data, size, at);
    WRITTEN(fd, data, n, at);
    return n;
}

#define ON_FD(kind, at)                                              \
    char path[512];                                                  \
    if (done == 0 && path_of(fd, path, sizeof path)) put(kind, path, (uint64_t)(at), NULL, 0); \
    return done

int ftruncate(int fd, off_t size) {
    REAL("ftruncate", int, int, off_t);
    int done = real(fd, size);
    ON_FD('S', size);
}

int ftruncate64(int fd, off64_t size) {
    REAL("ftruncate64", int, int, off64_t);
    int done = real(fd, size);
    ON_FD('S', size);
}

int fsync(int fd) {
    REAL("fsync", int, int);
    int done = real(fd);
    ON_FD('F', 0);
}

int fdatasync(int fd) {
    REAL("fdatasync", int, int);
    int done = real(fd);
    ON_FD('F', 0);
}

int unlink(const char *path) {
    REAL("unlink", int, const char *);
    int done = real(path);
    if (done == 0 && below(path)) put('U', path, 0, NULL, 0);
    return done;
}

int rename(const char *path, const char *target) {
    REAL("rename", int, const char *, const char *);
    int done = real(path, target);
    if (done == 0 && below(path)) put('R', path, 0, target, (uint32_t)strlen(target));
    return done;
}

#define OPENED(name)                                                   \
    int name(const char *path, int flags, ...) {                       \
        REAL(#name, int, const char *, int, ...);                      \
        mode_t mode = 0;                                               \
        if (flags & O_CREAT) {                                         \
            va_list more;                                              \
            va_start(more, flags);                                     \
            mode = va_arg(more, mode_t);                               \
            va_end(more);                                              \
        }                                                              \
        int made = (flags & O_CREAT) && below(path) && access(path, F_OK); \
        int fd = real(path, flags, mode);                              \
        if (fd >= 0 && made) put('C', path, 0, NULL, 0);               \
        return fd;                                                     \
    }

OPENED(open)
OPENED(open64)
