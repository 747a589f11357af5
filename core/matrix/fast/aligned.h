// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/matrix/fast/kernels.h"

#include <cstddef>
#include <new>
#include <vector>

namespace chainrule::matrix {

/// Allocates memory that begins at a cache line, whatever instruction set the caller is compiled for.
template <typename T>
struct LineAllocator {
    using value_type = T;

    LineAllocator() = default;
    template <typename U>
    LineAllocator(const LineAllocator<U>&)
    {
    }

    T* allocate(std::size_t count)
    {
        if (count > static_cast<std::size_t>(-1) / (2 * sizeof(T)))
            throw std::bad_array_new_length();
        return static_cast<T*>(::operator new (count * sizeof(T), std::align_val_t{cacheLine}));
    }
    void deallocate(T* memory, std::size_t) { ::operator delete (memory, std::align_val_t{cacheLine}); }

    bool operator==(const LineAllocator&) const = default;
};

template <typename T>
using LineBuffer = std::vector<T, LineAllocator<T>>;

} // namespace chainrule::matrix
