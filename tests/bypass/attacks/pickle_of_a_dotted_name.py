# A pickle names an attribute of an allowed module, and one of that.
# SPDX-License-Identifier: Apache-2.0
# stopped by: worker
import pickle

got = pickle.loads(b"\x80\x04\x8c\x06random\x8c\x0a_os.system\x93.")
