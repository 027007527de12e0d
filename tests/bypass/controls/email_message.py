# email writes a message.
# SPDX-License-Identifier: Apache-2.0
import email.message
import email.policy

message = email.message.EmailMessage()
message["To"] = "a@b.c"
message.set_content("x\u00e4")
got = message.as_string()
