/* Takes a share of one processor away, in slices far shorter than an exchange: what is left is a slower processor.
 *
 *   busy PROCESSOR TAKEN_US EACH_US    of each EACH_US it is busy for TAKEN_US, before all that is not real-time
 *
 * Prints "ready". Needs real-time priority (root).
 */
#define _GNU_SOURCE
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <time.h>

static int64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "see the head of busy.c\n");
        return 2;
    }
    prctl(PR_SET_PDEATHSIG, 9);
    prctl(PR_SET_TIMERSLACK, 1);
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(atoi(argv[1]), &one);
    struct sched_param first = {.sched_priority = 2};
    if (sched_setaffinity(0, sizeof one, &one) || sched_setscheduler(0, SCHED_FIFO, &first)) {
        perror("busy.c: no real-time priority");
        return 2;
    }
    int64_t taken = atoll(argv[2]) * 1000, each = atoll(argv[3]) * 1000;
    printf("ready\n");
    fflush(stdout);
    for (int64_t begins = now();; begins += each) {
        while (now() < begins + taken)
            ;
        struct timespec next = {(begins + each) / 1000000000, (begins + each) % 1000000000};
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
    }
}
