/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A worker that shares the host's CPU, although another is free: the
 * scheduler leaves two that wake each other where they are, and each call
 * then costs two switches. The host has it moved once, and back where that
 * was no gain. After a pause it is the other way round: a CPU that idles is
 * slow to wake up, and two switches cost less. Which CPUs it may use stays as
 * it was. Not for other rooms.
 */
#ifndef STK_WIRE_PART_H
#define STK_WIRE_PART_H

#include <sched.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct stk_part {
    bool off;          /* it cannot be: one CPU, or it is not ours */
    int pid;           /* 0: not looked for yet */
    unsigned together; /* waits on one CPU, one after the other */
    unsigned wanted;   /* so many before it is tried; 0: as at first */
    unsigned trial;    /* waits that are left of it */
    int64_t usual;     /* ns that a wait takes on one CPU */
    int64_t credit;    /* ns that a trial may still take */
    cpu_set_t all;     /* where it might run before it was moved */
    bool slow; /* what it does after a pause takes longer than to wake */
} stk_part;

/* The worker is about to be woken: true where it may not run on our CPU until
 * stk_part_settle(). `apart`: it ran on another. */
bool stk_part_begin(stk_part *part, int pidfd, bool apart);
/* It is awake, and may run where it might before. */
void stk_part_settle(stk_part *part);
/* Calls that begin so many ns after the one before come after a pause: what
 * they take says nothing of those that follow each other. */
#define STK_PART_PAUSE_NS 60000u

/* The worker is about to be woken after a pause, and slept on another CPU:
 * true where it may not run but on ours until stk_part_settle(). */
bool stk_part_join(stk_part *part, int pidfd);
/* From there to its answer it took so many ns. */
void stk_part_resume(stk_part *part, uint64_t took);
/* Nothing was said for long: what was learnt of others that run is old. */
void stk_part_refresh(stk_part *part);
/* From there to its answer it took so many ns. */
void stk_part_end(stk_part *part, int pidfd, bool apart, uint64_t took);

#endif
