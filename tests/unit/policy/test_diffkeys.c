/* SPDX-License-Identifier: Apache-2.0 */
/* What two policies say of keys and signatures, compared. */
#include "policies.h"

#define HASH "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static void
tell(void *payload, const char *setting, const char *before, const char *after)
{
    stk_buffer_printf(payload, "%s: %s -> %s\n", setting,
                      before ? before : "-", after ? after : "-");
}

static void
assert_changes(const char *before, const char *after, const char *wanted)
{
    stk_policy *old = policy_of(before), *new = policy_of(after);
    stk_buffer told = STK_BUFFER_INIT(1u << 16);
    int n, lines = 0;

    stk_buffer_puts(&told, "");
    n = stk_policy_diff_signing(old, new, tell, &told, NULL);
    for (const char *at = told.data; *at; at++)
        lines += *at == '\n';
    assert_string_equal(told.data, wanted);
    assert_int_equal(n, lines);
    assert_int_equal(stk_policy_diff_signing(old, new, NULL, NULL, NULL), n);
    stk_buffer_clear(&told);
    stk_policy_free(old);
    stk_policy_free(new);
}

static void
test_diff__the_same_said_otherwise_is_no_change(void **state)
{
    (void)state;
    assert_changes(V1, V1, "");
    assert_changes(V1 A_KEY,
                   V1 "[key a]\nstatus = active\nkinds = module package "
                      "namespace extension data manifest bundle policy\n"
                      "modules = *\npublic = " KEY_A
                      "\n[signing]\nbinding = strict\nrequire_state = no\n",
                   "");
    assert_changes(V1 "[key a]\npublic = " KEY_A "\nmodules = x, y\n",
                   V1 "[key a]\npublic = " KEY_A "\nmodules = y, x\n", "");
}

static void
test_diff__keys_that_come_and_go(void **state)
{
    (void)state;
    assert_changes(V1 "[key b]\npublic = " KEY_B "\nmodules = x\n"
                      "not_after = 2026-12-31\nstatus = revoked 2026-01-01\n",
                   V1 A_KEY,
                   "key a kinds: - -> all\n"
                   "key a modules: - -> *\n"
                   "key a public: - -> " KEY_A "\n"
                   "key a status: - -> active\n"
                   "key b kinds: all -> -\n"
                   "key b modules: x -> -\n"
                   "key b not_after: 2026-12-31 -> -\n"
                   "key b public: " KEY_B " -> -\n"
                   "key b status: revoked 2026-01-01 -> -\n");
}

static void
test_diff__scope_dates_status_of_a_key(void **state)
{
    (void)state;
    assert_changes(V1 "[key a]\npublic = " KEY_A "\nmodules = shop\n"
                      "not_before = 2026-01-01\n",
                   V1 "[key a]\npublic = " KEY_B "\nmodules = shop, *\n"
                      "not_before = 2026-02-01\nstatus = retiring\n"
                      "kinds = module policy\n",
                   "key a kinds: all -> module, policy\n"
                   "key a modules: shop -> *, shop\n"
                   "key a not_before: 2026-01-01 -> 2026-02-01\n"
                   "key a public: " KEY_A " -> " KEY_B "\n"
                   "key a status: active -> retiring\n");
    assert_changes(V1 A_KEY "status = revoked\n", V1 A_KEY,
                   "key a status: revoked -> active\n");
}

static void
test_diff__settings(void **state)
{
    (void)state;
    assert_changes(V1 "[signing]\nthreshold = 2, shop:3\nrevoked = " HASH
                      "\nfloor = shop:3\nstate = s\ncontext = a\n"
                      "require_state = yes\nbinding = basename\n",
                   V1 "[signing]\nthreshold = shop:1\nrevoked = " KEY_A
                      "\nfloor = shop:4\ncache = /c\nstate_key = /k\n"
                      "clock_floor = 2026-01-01\n",
                   "binding: basename -> strict\n"
                   "cache: - -> /c\n"
                   "clock_floor: - -> 2026-01-01\n"
                   "context: a -> -\n"
                   "floor shop: 3 -> 4\n"
                   "require_state: yes -> no\n"
                   "revoked " HASH ": yes -> -\n"
                   "revoked " KEY_A ": - -> yes\n"
                   "state: s -> -\n"
                   "state_key: - -> /k\n"
                   "threshold *: 2 -> -\n"
                   "threshold shop: 3 -> 1\n");
}

static void
test_diff__bundles(void **state)
{
    (void)state;
    assert_changes(V1 A_KEY "[modules]\na = signed bundle:a.stk\n"
                            "b = signed\nc = signed bundle:c.stk\n",
                   V1 A_KEY "[modules]\na = signed bundle:x.stk\n"
                            "b = signed bundle:b.stk\n"
                            "c = signed closure bundle:c.stk\n",
                   "bundle of a: a.stk -> x.stk\n"
                   "bundle of b: - -> b.stk\n");
}

static void
test_diff__loaders(void **state)
{
    (void)state;
    assert_changes(V1 "[loader v]\nfinder = a:B\nmodules = v w\n"
                      "arguments = 1 path:/x\n",
                   V1 "[loader v]\nfinder = a:C\nmodules = v\n"
                      "arguments = 1 file:/x 3\nresult = module\n"
                      "sandbox = agent\n",
                   "loader v argument 2: path:/x -> file:/x\n"
                   "loader v argument 3: - -> 3\n"
                   "loader v finder: a:B -> a:C\n"
                   "loader v modules w: yes -> -\n"
                   "loader v result: source -> module\n"
                   "loader v sandbox: strict -> agent\n");
}

static void
test_diff__paths_are_seen_from_each_policys_folder(void **state)
{
    static const char text[] = V1 A_KEY "[modules]\na = signed bundle:a.stk\n"
                                        "[signing]\nstate = s\ncache = c\n";
    stk_policy *here, *there;

    assert_int_equal(mkdir(unit_path(state, "sub"), 0700), 0);
    here = policy_at(unit_write(state, "p.ini", text, strlen(text)));
    there = policy_at(unit_write(state, "sub/p.ini", text, strlen(text)));
    assert_int_equal(stk_policy_diff_signing(here, there, NULL, NULL, NULL),
                     0);
    stk_policy_free(here);
    stk_policy_free(there);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_diff__the_same_said_otherwise_is_no_change),
        cmocka_unit_test(test_diff__keys_that_come_and_go),
        cmocka_unit_test(test_diff__scope_dates_status_of_a_key),
        cmocka_unit_test(test_diff__settings),
        cmocka_unit_test(test_diff__bundles),
        cmocka_unit_test(test_diff__loaders),
        unit_test_in_folder(
            test_diff__paths_are_seen_from_each_policys_folder),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
