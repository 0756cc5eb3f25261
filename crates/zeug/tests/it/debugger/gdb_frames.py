# Run by gdb. It attaches to each of the processes in FROZEN, and prints one line of JSON for it: the frames whose source is below SOURCES, the innermost first, each with
# its line and its variables. A value is null where its form says too little without Rust's own printers (enums with fields, maps, locks).
import json
import os

import gdb

MOST = 10


def quoted(text):
    return json.dumps(text, ensure_ascii=False)


def string(data, length):
    if length > 200:
        return None
    data = data.cast(gdb.lookup_type("u8").pointer())
    return quoted(bytes(int(data[at]) for at in range(length)).decode())


def listed(data, length):
    if length > MOST:
        return None
    parts = [plain(data[at]) for at in range(length)]
    return None if None in parts else "[" + ", ".join(parts) + "]"


def structure(value, name):
    fields = [field.name for field in value.type.fields()]
    parts = [plain(value[field]) for field in fields]
    if None in parts:
        return None
    if name.startswith("("):
        return "(" + ", ".join(parts) + ("," if len(parts) == 1 else "") + ")"
    inside = ", ".join(f"{field}: {part}" for field, part in zip(fields, parts))
    return name.split("::")[-1] + " { " + inside + " }"


def plain(value):
    kind = value.type.strip_typedefs()
    code, name = kind.code, kind.name or ""
    if code == gdb.TYPE_CODE_BOOL:
        return "true" if value else "false"
    if code == gdb.TYPE_CODE_INT:
        return str(int(value))
    if code == gdb.TYPE_CODE_ENUM:
        return str(value).split("::")[-1]
    if code == gdb.TYPE_CODE_PTR and name.startswith("&"):
        part = plain(value.referenced_value())
        return None if part is None else "&" + part
    if code == gdb.TYPE_CODE_ARRAY:
        first, last = kind.range()
        return listed(value, last - first + 1)
    if code != gdb.TYPE_CODE_STRUCT or any(field.artificial for field in kind.fields()):
        return None
    if name == "&str":
        return string(value["data_ptr"], int(value["length"]))
    if name.startswith("&"):
        return listed(value["data_ptr"], int(value["length"]))
    if name.startswith("alloc::string::String"):
        vec = value["vec"]
        return string(vec["buf"]["inner"]["ptr"]["pointer"]["pointer"], int(vec["len"]))
    if name.startswith("alloc::vec::Vec<"):
        data = value["buf"]["inner"]["ptr"]["pointer"]["pointer"]
        return listed(data.cast(kind.template_argument(0).pointer()), int(value["len"]))
    if name.startswith("(") or name.split("::")[0] in os.environ["CRATES"].split(","):
        return structure(value, name)
    return None


def variables(frame):
    found = {}
    block = frame.block()
    while block is not None:
        for symbol in block:
            if (symbol.is_argument or symbol.is_variable) and symbol.name not in found:
                try:
                    found[symbol.name] = plain(symbol.value(frame))
                except (gdb.error, gdb.MemoryError, UnicodeDecodeError, AttributeError):
                    found[symbol.name] = None
        if block.function is not None:
            return found
        block = block.superblock
    return found


def frames():
    frame = gdb.newest_frame()
    while frame is not None:
        place = frame.find_sal()
        file = place.symtab.fullname() if place.symtab else ""
        if os.environ["SOURCES"] in file:
            yield {"function": frame.name(), "file": file, "line": place.line, "variables": variables(frame)}
        frame = frame.older()


for process in os.environ["FROZEN"].split(","):
    gdb.execute("attach " + process, to_string=True)
    gdb.write("FRAMES " + json.dumps(list(frames())) + "\n")
    gdb.execute("detach", to_string=True)
