// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/hugepages.h"

#include <new>
#include <sys/mman.h>

namespace chainrule {

void FreeHugePages::operator()(std::byte* memory) const
{
    ::operator delete (memory, std::align_val_t{hugePage});
}

HugePages allocateHugePages(std::size_t bytes)
{
    bytes = (bytes + hugePage - 1) / hugePage * hugePage;
    HugePages memory(
        static_cast<std::byte*>(::operator new (bytes, std::align_val_t{hugePage}, std::nothrow)));
#ifdef MADV_HUGEPAGE
    if (memory) // a refusal leaves the pages small
        static_cast<void>(::madvise(memory.get(), bytes, MADV_HUGEPAGE));
#endif
    return memory;
}

void findPages([[maybe_unused]] std::byte* memory, [[maybe_unused]] std::size_t bytes)
{
#ifdef MADV_POPULATE_WRITE // where the system does not know it, the first write finds each page
    static_cast<void>(::madvise(memory, bytes, MADV_POPULATE_WRITE));
#endif
}

} // namespace chainrule
