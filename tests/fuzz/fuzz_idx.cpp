// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/fuzz/idxproperties.h"

using namespace chainrule;
using namespace fuzz;

/// Any bytes as an IDX file: either a fault, or what encodeIdx() makes the same bytes of.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
    static const MemoryFile file;
    file.set({bytes, size});
    int loaded = 0;
    for (const IdxKind kind : {IdxKind::Images, IdxKind::Labels}) {
        const Result<IdxArray> array = readIdx(file.path(), kind);
        if (!array) {
            checkError(array.error());
            continue;
        }
        ++loaded;
        checkArray(*array, kind);
        const bool packed = size >= 2 && bytes[0] == 0x1f && bytes[1] == 0x8b;
        require(packed || encodeIdx(*array) == asText({bytes, size}));
    }
    require(loaded <= 1);
    return 0;
}
