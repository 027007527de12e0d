/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The zygotes of this process, one for each profile, and the workers that
 * each keeps ready. For isolate.c; what isolate.h says of preparing and
 * warming is here, too.
 *
 * A spare is ordered and not waited for: the zygote forks it and it locks
 * itself down while the host does something else.
 */
#ifndef STK_GUARD_SPARES_H
#define STK_GUARD_SPARES_H

#include "guard/isolate.h"
#include "guard/standby.h"

/*
 * A worker under `profile` for the caller alone: one that was ready, else
 * one that is forked now. `*zygote` is its zygote, for stk_spares_refill(),
 * `*loaded` one reference to what was loaded there. `preloader` may be NULL.
 */
int stk_spares_take(stk_standby *out, uint64_t *zygote, stk_preloaded **loaded,
                    const stk_profile *profile, const stk_preloader *preloader,
                    stk_error *err);

/* Orders as many as the profile has kept, if none are on their way. Waits
 * for nobody; what fails is ordered by the next one who takes. */
void stk_spares_refill(uint64_t zygote);

/* Ends all of them, and waits. */
void stk_spares_stop(void);

#endif
