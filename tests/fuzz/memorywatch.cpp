// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/fuzz/memorywatch.h"

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <limits>
#include <malloc.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(__GLIBC__)
#define MEMORYWATCH_OFF
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define MEMORYWATCH_OFF
#endif
#endif

namespace {

std::atomic<std::int64_t> used = 0; // may fall below 0: what was allocated before start() is freed too
std::atomic<std::int64_t> most = 0;
std::atomic<std::int64_t> limit = std::numeric_limits<std::int64_t>::max();
void (*limitExceeded)() = nullptr;

} // namespace

#ifndef MEMORYWATCH_OFF

namespace {

void count(void* block)
{
    if (block == nullptr)
        return;
    const auto size = static_cast<std::int64_t>(malloc_usable_size(block));
    const std::int64_t now = used.fetch_add(size, std::memory_order_relaxed) + size;
    std::int64_t before = most.load(std::memory_order_relaxed);
    while (now > before && !most.compare_exchange_weak(before, now, std::memory_order_relaxed))
        ;
    if (now > limit.load(std::memory_order_relaxed)) {
        limit = std::numeric_limits<std::int64_t>::max();
        limitExceeded();
    }
}

void discount(void* block)
{
    if (block != nullptr)
        used.fetch_sub(static_cast<std::int64_t>(malloc_usable_size(block)), std::memory_order_relaxed);
}

} // namespace

// glibc's own functions under their other names; the manual allows a program to replace the usual ones
// ("Replacing malloc"), in every library that it uses.
extern "C" {

void* __libc_malloc(std::size_t size) noexcept;
void* __libc_calloc(std::size_t count, std::size_t size) noexcept;
void* __libc_realloc(void* block, std::size_t size) noexcept;
void* __libc_memalign(std::size_t alignment, std::size_t size) noexcept;
void __libc_free(void* block) noexcept;

void* malloc(std::size_t size) noexcept
{
    void* const block = __libc_malloc(size);
    count(block);
    return block;
}

void* calloc(std::size_t number, std::size_t size) noexcept
{
    void* const block = __libc_calloc(number, size);
    count(block);
    return block;
}

void* realloc(void* block, std::size_t size) noexcept
{
    discount(block);
    void* const moved = __libc_realloc(block, size);
    count(moved == nullptr && size > 0 ? block : moved);
    return moved;
}

void* memalign(std::size_t alignment, std::size_t size) noexcept
{
    void* const block = __libc_memalign(alignment, size);
    count(block);
    return block;
}

void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept
{
    return memalign(alignment, size);
}

int posix_memalign(void** block, std::size_t alignment, std::size_t size) noexcept
{
    *block = memalign(alignment, size);
    return *block == nullptr ? ENOMEM : 0;
}

void free(void* block) noexcept
{
    discount(block);
    __libc_free(block);
}

} // extern "C"

bool memorywatch::isWatching()
{
    return true;
}

#else

bool memorywatch::isWatching()
{
    return false;
}

#endif

void memorywatch::start()
{
    used = 0;
    most = 0;
}

std::size_t memorywatch::peak()
{
    return static_cast<std::size_t>(most.load());
}

void memorywatch::setLimit(std::size_t bytes, void (*exceeded)())
{
    limitExceeded = exceeded;
    limit = static_cast<std::int64_t>(bytes);
}
