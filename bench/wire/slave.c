/* Modbus RTU units on pseudo-terminals that answer at the speed of a wire, or with faults.
 *
 *   slave wire BAUD DEAD                           one line; answers take the time that their bytes take at BAUD, 8N1;
 *                                                  unit DEAD does not answer
 *   slave faults TIMEOUT_US SEED LINES WEIGHT...   that many lines, each answer with a fault drawn by weight
 *   slave shared PAUSE_US HEARD TIMEOUT_US SEED LINES WEIGHT...
 *                                                  the same, and on each line another master, which pauses for 0 to twice
 *                                                  PAUSE_US; of 100 of its questions HEARD are heard, and all answers
 *
 * Prints the path of each pseudo-terminal on a line of its own, then "ready". In the file given as standard input, which
 * both sides map (LINES 32-bit counters), stands how many requests each line has heard. A register holds
 * word(unit, address, number of the request that is answered): an answer to any other request shows.
 * In "wire", register 0 holds what was last written to it; each write prints "w NANOSECONDS": CLOCK_MONOTONIC when its first byte came.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

enum { MOST_LINES = 64, MOST_WAITING = 1024, FRAME = 300, FIFO = 8 };
enum fault { RIGHT, LATE, VERY_LATE, TWICE, LATE_AND_TWICE, CUT, CORRUPTED, OTHER_UNIT, OTHER_LENGTH, OTHER_THEN_RIGHT,
             NOISE_THEN_RIGHT, SILENT, AGES_LATE, FAULTS };

struct answer { int64_t at; int line; int length; uint8_t bytes[FRAME]; };

static struct answer waiting[MOST_WAITING];
static int waiting_count, line_count, weights[FAULTS], weight_sum;
static struct pollfd lines[MOST_LINES];
static volatile uint32_t *heard;
static int64_t timeout_ns, character_ns, gap_ns;
static uint64_t seeds[MOST_LINES];
static int64_t rival_pause_ns, rival_at[MOST_LINES];
static int drawing, dead_unit, rival_heard;
static uint16_t levels[256];

static int64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static uint32_t draw(void) /* splitmix64: the same faults for the same seed */
{
    uint64_t z = seeds[drawing] += 0x9e3779b97f4a7c15ULL;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
    return (uint32_t)(z >> 32);
}

static int64_t between(double low, double high) /* time-outs */
{
    return (int64_t)(timeout_ns * (low + (high - low) * (draw() / 4294967296.0)));
}

static uint16_t word(int unit, int address, uint32_t number)
{
    return (uint16_t)(unit * 40503u + address * 30011u + number * 52711u);
}

static int sealed(uint8_t *frame, int length)
{
    uint16_t crc = 0xffff;
    for (int i = 0; i < length; i++) {
        crc ^= frame[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc & 1 ? crc >> 1 ^ 0xa001 : crc >> 1;
    }
    frame[length] = crc & 0xff;
    frame[length + 1] = crc >> 8;
    return length + 2;
}

static int reading(uint8_t *frame, int unit, int function, int address, int count, uint32_t number)
{
    frame[0] = unit, frame[1] = function, frame[2] = 2 * count;
    for (int i = 0; i < count; i++) {
        uint16_t value = !timeout_ns && address + i == 0 ? levels[unit] : word(unit, address + i, number);
        frame[3 + 2 * i] = value >> 8;
        frame[4 + 2 * i] = value & 0xff;
    }
    return sealed(frame, 3 + 2 * count);
}

static int right(uint8_t *frame, const uint8_t *request, uint32_t number)
{
    if (request[1] == 3 || request[1] == 4)
        return reading(frame, request[0], request[1], request[2] << 8 | request[3], request[5], number);
    memcpy(frame, request, 6); /* a write is echoed */
    return sealed(frame, 6);
}

static void later(int64_t at, int line, const uint8_t *bytes, int length)
{
    if (waiting_count == MOST_WAITING || length <= 0)
        return;
    struct answer *one = &waiting[waiting_count++];
    one->at = at, one->line = line, one->length = length;
    memcpy(one->bytes, bytes, length);
}

/* A receiver hands over what is in its FIFO when that is half full, and the rest at the end. */
static void at_wire_speed(int line, const uint8_t *request, int request_length, int64_t came)
{
    uint8_t frame[FRAME];
    int length = right(frame, request, heard[line]);
    int64_t begins = came + request_length * character_ns + gap_ns;
    for (int from = 0; from < length; from += FIFO) {
        int part = length - from < FIFO ? length - from : FIFO;
        later(begins + (from + part) * character_ns, line, frame + from, part);
    }
    if (request[1] == 6 && !request[2] && !request[3])
        levels[request[0]] = request[4] << 8 | request[5];
    if (request[1] == 6)
        printf("w %lld\n", (long long)came);
}

static enum fault drawn(void)
{
    int at = draw() % weight_sum, fault = 0;
    while (at >= weights[fault])
        at -= weights[fault++];
    return fault;
}

static void with_fault(int line, const uint8_t *request, int64_t came)
{
    uint8_t frame[FRAME], other[FRAME];
    enum fault fault = drawn();
    int length = right(frame, request, heard[line]), other_length, count = request[5];
    int64_t soon = came + between(0, 0.6), late = came + between(1, 2);
    switch (fault) {
    case LATE: later(late, line, frame, length); return;
    case VERY_LATE: later(came + between(2, 4), line, frame, length); return;
    case AGES_LATE: later(came + between(4, 16), line, frame, length); return;
    case TWICE: later(soon, line, frame, length); later(soon + between(0, 1.5), line, frame, length); return;
    case LATE_AND_TWICE: later(late, line, frame, length); later(late + between(0, 1.5), line, frame, length); return;
    case CUT: later(soon, line, frame, 1 + draw() % (length - 1)); return;
    case CORRUPTED:
        for (int i = 1 + draw() % 3; i; i--)
            frame[draw() % length] ^= 1 << draw() % 8;
        later(soon, line, frame, length);
        return;
    case OTHER_UNIT: case OTHER_THEN_RIGHT:
        other_length = reading(other, request[0] ^ 8, request[1], draw() % 1000, count, draw());
        later(soon, line, other, other_length);
        if (fault == OTHER_THEN_RIGHT)
            later(soon + between(0.05, 0.3), line, frame, length);
        return;
    case OTHER_LENGTH:
        other_length = reading(other, request[0], request[1], draw() % 1000, count + 1 + draw() % 3, draw());
        later(soon, line, other, other_length);
        return;
    case NOISE_THEN_RIGHT:
        for (other_length = 0; other_length < 1 + (int)(draw() % 12); other_length++)
            other[other_length] = draw();
        later(soon, line, other, other_length);
        later(soon + between(0, 0.1), line, frame, length);
        return;
    case SILENT: return;
    default: later(soon, line, frame, length);
    }
}

static void rival_asks(int line, int64_t at)
{
    uint8_t request[FRAME], answer[FRAME];
    drawing = line;
    int address = 1000 + draw() % 1000, unit = 1 + draw() % 3, count = 2;
    int64_t answered = at + 2000000 + draw() % 6000000;
    heard[line]++;
    if ((int)(draw() % 100) < rival_heard) {
        request[0] = unit, request[1] = 3, request[2] = address >> 8, request[3] = address & 0xff;
        request[4] = 0, request[5] = count;
        later(at, line, request, sealed(request, 6));
    }
    later(answered, line, answer, reading(answer, unit, 3, address, count, heard[line]));
    rival_at[line] = answered + (int64_t)(2.0 * rival_pause_ns * (draw() / 4294967296.0));
}

static int64_t rivals_ask(void) /* when the next of them does, or 0 */
{
    int64_t next = 0, at = now();
    for (int line = 0; rival_pause_ns && line < line_count; line++) {
        if (rival_at[line] <= at)
            rival_asks(line, at);
        if (!next || rival_at[line] < next)
            next = rival_at[line];
    }
    return next;
}

static void hear(int line)
{
    uint8_t request[512], check[512];
    int64_t came = now();
    int got = read(lines[line].fd, request, sizeof request);
    if (got < 8 || got > 260) {
        if (got < 0 && errno == EIO)
            usleep(1000); /* nobody has the near end open */
        return;
    }
    memcpy(check, request, got);
    sealed(check, got - 2);
    if (memcmp(check, request, got))
        return;
    heard[line]++;
    drawing = line;
    if (timeout_ns)
        with_fault(line, request, came);
    else if (request[0] != dead_unit)
        at_wire_speed(line, request, got, came);
}

static int64_t say_what_is_due(void) /* when the next is, or 0 */
{
    for (;;) {
        int first = -1;
        for (int i = 0; i < waiting_count; i++)
            if (first < 0 || waiting[i].at < waiting[first].at)
                first = i;
        if (first < 0)
            return 0;
        struct answer one = waiting[first];
        if (one.at > now())
            return one.at;
        waiting[first] = waiting[--waiting_count];
        if (write(lines[one.line].fd, one.bytes, one.length) < 0 && errno != EIO)
            perror("write");
    }
}

static void open_line(int line)
{
    struct termios raw;
    int fd = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK);
    grantpt(fd), unlockpt(fd);
    int near = open(ptsname(fd), O_RDWR | O_NOCTTY); /* kept open: the far end lives while nobody listens */
    tcgetattr(near, &raw);
    cfmakeraw(&raw);
    tcsetattr(near, TCSANOW, &raw);
    lines[line].fd = fd;
    lines[line].events = POLLIN;
    printf("%s\n", ptsname(fd));
}

int main(int argc, char **argv)
{
    if (argc > 4 && !strcmp(argv[1], "shared")) {
        rival_pause_ns = atoll(argv[2]) * 1000, rival_heard = atoi(argv[3]);
        argc -= 2, argv += 2;
        argv[1] = "faults";
    }
    prctl(PR_SET_PDEATHSIG, 9);
    prctl(PR_SET_TIMERSLACK, 1);
    struct sched_param first = {.sched_priority = 1};
    if (sched_setscheduler(0, SCHED_FIFO, &first)) /* a wire does not wait until the machine has time for it */
        fprintf(stderr, "slave.c: no real-time priority: what else runs here slows the wire as well\n");
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (argc > 5 && !strcmp(argv[1], "faults")) {
        timeout_ns = atoll(argv[2]) * 1000, line_count = atoi(argv[4]);
        for (int line = 0; line < line_count; line++)
            seeds[line] = atoll(argv[3]) * 1000 + line;
        for (int i = 5; i < argc && i - 5 < FAULTS; i++)
            weight_sum += weights[i - 5] = atoi(argv[i]);
    } else if (argc == 4 && !strcmp(argv[1], "wire")) {
        double baud = atof(argv[2]);
        character_ns = (int64_t)(10e9 / baud);
        gap_ns = baud >= 19200 ? 1750000 : (int64_t)(3.5 * character_ns);
        dead_unit = atoi(argv[3]);
        line_count = 1;
    } else {
        fprintf(stderr, "see the head of slave.c\n");
        return 2;
    }
    heard = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, 0, 0);
    if (heard == MAP_FAILED) {
        perror("mmap of standard input");
        return 2;
    }
    for (int line = 0; line < line_count; line++)
        open_line(line);
    printf("ready\n");
    for (;;) {
        int64_t rival = rivals_ask(), next = say_what_is_due();
        if (rival && (!next || rival < next))
            next = rival;
        int64_t left = next - now();
        if (next && left < 0)
            left = 0;
        struct timespec limit = {left / 1000000000, left % 1000000000};
        if (ppoll(lines, line_count, next ? &limit : NULL, NULL) > 0)
            for (int line = 0; line < line_count; line++)
                if (lines[line].revents & POLLIN)
                    hear(line);
    }
}
