/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STOCKADE_SANDBOX_H
#define STOCKADE_SANDBOX_H

/*
 * What a worker may do, and what was in force around it: the plain structs
 * that a policy fills in from its [sandbox NAME] sections, that the host
 * hands to a worker and that come back with what it reports.
 *
 * See stockade-policy(5) for the sections. A profile holds no pointers: it
 * is copied by assignment and needs no freeing. Zero is deny: a profile
 * without a name is none, and nothing is started under it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <stockade/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- the layers between a worker and the machine -------------------- */

/* Each stands alone: what one lets through by mistake, another refuses. The
 * names are stable: profiles, records and JSON carry them. */
enum stk_layer {
    STK_LAYER_NO_NEW_PRIVS = 0, /* "no_new_privs": a must */
    STK_LAYER_SECCOMP,          /* "seccomp": system calls; a must */
    STK_LAYER_LIMITS,           /* "limits": memory, time, sizes; a must */
    STK_LAYER_CAPABILITIES,     /* "capabilities": none is left; a must */
    STK_LAYER_NOTIFY,           /* "notify": denied calls are named */
    STK_LAYER_LANDLOCK,         /* "landlock": files by path */
    STK_LAYER_LANDLOCK_NETWORK, /* "landlock_network": TCP by port */
    STK_LAYER_LANDLOCK_SCOPE,   /* "landlock_scope": signals and abstract
                                   sockets stay inside */
    STK_LAYER_USER,             /* "user": a user namespace */
    STK_LAYER_MOUNT,            /* "mount": an empty root */
    STK_LAYER_PID,              /* "pid": sees no other process */
    STK_LAYER_NET,              /* "net": no network at all */
    STK_LAYER_IPC,              /* "ipc": no shared memory, no queues */
    STK_LAYER_UTS,              /* "uts": no host name */
    STK_LAYER_UNROOT,           /* "unroot": root's workers are nobody's */
    STK_LAYER_COUNT
};

#define STK_LAYER_BIT(layer) (1u << (layer))

/* Without these nothing runs, whatever a profile says. */
#define STK_LAYERS_MUST                                                       \
    (STK_LAYER_BIT(STK_LAYER_NO_NEW_PRIVS) |                                  \
     STK_LAYER_BIT(STK_LAYER_SECCOMP) | STK_LAYER_BIT(STK_LAYER_LIMITS) |     \
     STK_LAYER_BIT(STK_LAYER_CAPABILITIES))

/* What a profile calls `namespaces`. */
#define STK_LAYERS_NAMESPACES                                                 \
    (STK_LAYER_BIT(STK_LAYER_USER) | STK_LAYER_BIT(STK_LAYER_MOUNT) |         \
     STK_LAYER_BIT(STK_LAYER_PID) | STK_LAYER_BIT(STK_LAYER_NET) |            \
     STK_LAYER_BIT(STK_LAYER_IPC) | STK_LAYER_BIT(STK_LAYER_UTS))

/* The stable name, and one line for people. Never NULL. */
STK_API const char *stk_layer_name(enum stk_layer layer);
STK_API const char *stk_layer_text(enum stk_layer layer);

enum stk_layer_state {
    STK_LAYER_ABSENT = 0, /* this machine has it not; `reason` says why */
    STK_LAYER_ACTIVE,
    STK_LAYER_UNUSED /* the profile has no use for it, as "net" under
                        `network` */
};

#define STK_LAYER_REASON_MAX 96u

/* What was in force around a worker; all absent when zeroed. */
typedef struct stk_sandbox_report {
    struct {
        uint32_t state; /* enum stk_layer_state */
        int32_t level;  /* Landlock's ABI version; else 0 */
        char reason[STK_LAYER_REASON_MAX];
    } layers[STK_LAYER_COUNT];
} stk_sandbox_report;

#define STK_SANDBOX_REPORT_INIT                                               \
    {                                                                         \
        {                                                                     \
            {                                                                 \
                0, 0, ""                                                      \
            }                                                                 \
        }                                                                     \
    }

/* ---- profiles ([sandbox NAME]) -------------------------------------- */

/* Groups of system calls: bits. STK_CALLS_COMPUTE is always there. */
enum stk_calls {
    STK_CALLS_COMPUTE = 1,      /* @compute: memory, clocks, its one socket */
    STK_CALLS_THREADS = 2,      /* @threads */
    STK_CALLS_TIME = 4,         /* @time */
    STK_CALLS_PROCESS = 8,      /* @process-info */
    STK_CALLS_BUFFERS = 16,     /* @buffers: sealed memory from the host */
    STK_CALLS_FILES_READ = 32,  /* @files-read */
    STK_CALLS_FILES_WRITE = 64, /* @files-write */
    STK_CALLS_ASYNCIO = 128,    /* @asyncio: what an event loop waits with */
    STK_CALLS_NETWORK = 256     /* @network: TCP, by port */
};

#define STK_CALLS_ALL 511u /* every bit */

/* "@compute", one line for people; NULL for what is no single group. */
STK_API const char *stk_calls_name(enum stk_calls group);
STK_API const char *stk_calls_text(enum stk_calls group);

enum stk_restart {
    STK_RESTART_NEVER = 0,
    STK_RESTART_ON_NEXT_CALL /* what is imported anew gets another one */
};

enum stk_start {
    STK_START_ON_FIRST_USE = 0,
    STK_START_ON_INSTALL /* the processes behind it, in the background */
};

#define STK_SPARES_MAX 4u

#define STK_PROFILE_NAME_MAX  41u   /* bytes, the closing NUL included */
#define STK_PROFILE_WORDS_MAX 2048u /* bytes of one list */
#define STK_PROFILE_PORTS_MAX 32u

#define STK_UNLIMITED UINT64_MAX /* of `cpu` alone: none */

/* A list of texts, each with its NUL, one behind the other. Walk it with
 *     for (at = words->text, i = 0; i < words->n; i++, at += strlen(at) + 1)
 */
typedef struct stk_words {
    uint32_t n, used; /* texts; bytes */
    char text[STK_PROFILE_WORDS_MAX];
} stk_words;

typedef struct stk_ports {
    uint32_t n;
    uint16_t ports[STK_PROFILE_PORTS_MAX];
} stk_ports;

/* One [sandbox NAME]; every field holds, whether it was written or not. */
typedef struct stk_profile {
    char name[STK_PROFILE_NAME_MAX]; /* "" : no profile */
    uint32_t calls;                  /* enum stk_calls, or-ed */
    uint32_t require;                /* STK_LAYER_BIT, or-ed */
    uint64_t memory;                 /* bytes of address space */
    uint64_t cpu_ms;      /* of the worker's whole life; or STK_UNLIMITED */
    uint64_t deadline_ms; /* of one call */
    uint64_t output;      /* bytes that one call may print; of a file it may
                             write */
    uint64_t reply;       /* bytes of one answer to the host */
    uint32_t processes;   /* threads of all processes; 1: no other */
    uint32_t denials;     /* denied system calls, then it is killed */
    uint32_t callbacks;   /* calls back into the host that one call may make */
    enum stk_restart restart;
    enum stk_start start;
    uint32_t spares;           /* workers that are kept ready */
    stk_words preload;         /* modules, loaded before lock-down */
    stk_words read, write;     /* absolute paths; `write` may be read, too */
    stk_ports connect, listen; /* TCP */
} stk_profile;

#ifdef __cplusplus
}
#endif
#endif
