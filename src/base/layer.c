/* SPDX-License-Identifier: Apache-2.0 */
/* The stable names of layers and of groups of system calls: a policy reads
 * them, a worker reports them. */
#include <stockade/sandbox.h>

static const struct {
    const char *name, *text;
} layers[STK_LAYER_COUNT] = {
    [STK_LAYER_NO_NEW_PRIVS] = { "no_new_privs",
                                 "no privileges are gained, ever" },
    [STK_LAYER_SECCOMP] = { "seccomp", "system calls are refused" },
    [STK_LAYER_LIMITS] = { "limits", "memory, time and sizes are bounded" },
    [STK_LAYER_CAPABILITIES] = { "capabilities", "no capability is left" },
    [STK_LAYER_NOTIFY] = { "notify", "refused system calls are named" },
    [STK_LAYER_LANDLOCK] = { "landlock", "files are closed off by path" },
    [STK_LAYER_LANDLOCK_NETWORK] = { "landlock_network",
                                     "TCP is closed off by port" },
    [STK_LAYER_LANDLOCK_SCOPE] = { "landlock_scope",
                                   "no signal and no abstract socket leads "
                                   "out" },
    [STK_LAYER_USER] = { "user", "a user namespace" },
    [STK_LAYER_MOUNT] = { "mount", "an empty root" },
    [STK_LAYER_PID] = { "pid", "no other process is seen" },
    [STK_LAYER_NET] = { "net", "no network" },
    [STK_LAYER_IPC] = { "ipc", "no shared memory, no queues" },
    [STK_LAYER_UTS] = { "uts", "a host name of its own" },
    [STK_LAYER_UNROOT] = { "unroot", "not the user root" },
};

static const struct {
    enum stk_calls group;
    const char *name, *text;
} groups[] = {
    { STK_CALLS_COMPUTE, "@compute",
      "memory, clocks, sleep, random bytes, its socket to the host" },
    { STK_CALLS_THREADS, "@threads", "threads, as many as processes says" },
    { STK_CALLS_TIME, "@time", "the other clocks and the other sleep" },
    { STK_CALLS_PROCESS, "@process-info",
      "who it is and what it used: getpid, uname, getrusage" },
    { STK_CALLS_BUFFERS, "@buffers",
      "large values that the host hands over as sealed memory" },
    { STK_CALLS_FILES_READ, "@files-read",
      "reads files below read and write" },
    { STK_CALLS_FILES_WRITE, "@files-write",
      "makes, changes and removes files below write" },
    { STK_CALLS_ASYNCIO, "@asyncio",
      "what an event loop waits with: epoll, poll, pipes to itself" },
    { STK_CALLS_NETWORK, "@network", "TCP on the ports of network" },
};

#define N_GROUPS (sizeof groups / sizeof groups[0])

const char *
stk_layer_name(enum stk_layer layer)
{
    return (unsigned)layer < STK_LAYER_COUNT ? layers[layer].name : "unknown";
}

const char *
stk_layer_text(enum stk_layer layer)
{
    return (unsigned)layer < STK_LAYER_COUNT ? layers[layer].text : "";
}

const char *
stk_calls_name(enum stk_calls group)
{
    for (size_t i = 0; i < N_GROUPS; i++)
        if (groups[i].group == group)
            return groups[i].name;
    return NULL;
}

const char *
stk_calls_text(enum stk_calls group)
{
    for (size_t i = 0; i < N_GROUPS; i++)
        if (groups[i].group == group)
            return groups[i].text;
    return NULL;
}
