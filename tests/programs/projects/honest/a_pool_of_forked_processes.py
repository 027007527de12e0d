# SPDX-License-Identifier: Apache-2.0
import multiprocessing

import work

if __name__ == "__main__":
    with multiprocessing.get_context("fork").Pool(2) as pool:
        print(pool.map(work.root, [1, 4, 9]))
