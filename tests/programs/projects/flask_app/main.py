# SPDX-License-Identifier: Apache-2.0
from app import create_app

client = create_app().test_client()
for path in ["/", "/", "/api/sum?x=1&x=2", "/when", "/nowhere"]:
    answer = client.get(path)
    print(path, answer.status_code, answer.get_data(as_text=True))
print(client.post("/").status_code)
