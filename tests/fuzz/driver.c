/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a fuzz target over files and folders of them, so that a corpus is an
 * ordinary test. libFuzzer takes its place in a build with -Dfuzzing=true.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int runs;

static int
run_file(const char *path)
{
    FILE *file = fopen(path, "rbe");
    struct stat st;
    uint8_t *data;
    size_t n;

    if (!file || fstat(fileno(file), &st) < 0) {
        perror(path);
        return 1;
    }
    /* exactly as long as the input: a byte read behind it is found */
    data = malloc(st.st_size ? (size_t)st.st_size : 1);
    n = data ? fread(data, 1, (size_t)st.st_size, file) : 0;
    fclose(file);
    if (n != (size_t)st.st_size) {
        fprintf(stderr, "%s: cannot read\n", path);
        free(data);
        return 1;
    }
    runs++;
    LLVMFuzzerTestOneInput(data, n);
    free(data);
    return 0;
}

static int
run_folder(const char *path)
{
    DIR *folder = opendir(path);
    const struct dirent *entry;
    char file[4096];
    int failed = 0;

    if (!folder)
        return run_file(path);
    while ((entry = readdir(folder))) {
        if (entry->d_name[0] == '.')
            continue;
        snprintf(file, sizeof file, "%s/%s", path, entry->d_name);
        failed |= run_file(file);
    }
    closedir(folder);
    return failed;
}

int
main(int argc, char **argv)
{
    int failed = 0;

    for (int i = 1; i < argc; i++)
        failed |= run_folder(argv[i]);
    printf("%d inputs\n", runs);
    /* no input at all is a corpus that was not found */
    return failed || runs == 0;
}
