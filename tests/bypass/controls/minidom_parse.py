# minidom parses XML.
# SPDX-License-Identifier: Apache-2.0
import xml.dom.minidom

got = xml.dom.minidom.parseString("<a><b/></a>").documentElement.tagName
assert got == "a"
