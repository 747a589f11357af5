// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/augmentedbatches.h"

#include <algorithm>
#include <cassert>
#include <system_error>
#include <utility>

namespace chainrule {

namespace {

// So many samples are made ahead, in as many batches as that needs, at least in two besides the one in use.
constexpr std::size_t samplesAhead = 512;
constexpr std::size_t mostSlots = 64;

} // namespace

AugmentedBatches::AugmentedBatches(const Dataset& data, std::uint64_t seed, std::size_t batchSize)
    : m_data(data)
    , m_seed(seed)
    , m_batchSize(batchSize)
{
    assert(isImageSet(data) && batchSize > 0);
    const auto size = static_cast<std::size_t>(inputCount(data));
    m_slots.resize(std::clamp<std::size_t>(samplesAhead / batchSize + 1, 3, mostSlots));
    for (Dataset& slot : m_slots) {
        slot.width = data.width;
        slot.height = data.height;
        slot.classes = data.classes;
        slot.pixels.resize(batchSize * size);
        slot.labels.resize(batchSize);
    }
    try {
        m_thread = std::thread([this] { work(); });
    } catch (const std::system_error&) {
        // next() makes every batch itself.
    }
}

AugmentedBatches::~AugmentedBatches()
{
    if (!m_thread.joinable())
        return;
    {
        const std::lock_guard lock(m_mutex);
        m_quit = true;
    }
    m_wake.notify_one();
    m_thread.join();
}

void AugmentedBatches::startEpoch(int epoch, std::span<const std::uint32_t> order, std::size_t batch)
{
    {
        std::unique_lock lock(m_mutex);
        m_ready.wait(lock, [this] { return !m_making; });
        m_order = order;
        m_epoch = epoch;
        m_made = batch;
        m_taken = batch;
    }
    m_wake.notify_one();
}

// Fills the batch's slot; the order and the epoch must not change meanwhile.
void AugmentedBatches::make(std::size_t batch)
{
    if (m_augmentationEpoch != m_epoch) {
        m_augmentation = makeAugmentation(m_data.width, m_data.height, m_order.size(), m_seed,
                                          static_cast<std::uint64_t>(m_epoch));
        m_augmentationEpoch = m_epoch;
        m_padded.assign(paddedSize(m_augmentation), 0);
    }
    const auto size = static_cast<std::size_t>(inputCount(m_data));
    Dataset& slot = m_slots[batch % m_slots.size()];
    const std::size_t begin = batch * m_batchSize;
    const std::size_t count = std::min(m_batchSize, m_order.size() - begin);
    for (std::size_t i = 0; i < count; ++i) {
        const std::uint32_t sample = m_order[begin + i];
        augment(m_augmentation, image(m_data, sample), sample, m_padded,
                std::span(slot.pixels).subspan(i * size, size));
        slot.labels[i] = m_data.labels[sample];
    }
}

const Dataset& AugmentedBatches::next()
{
    std::unique_lock lock(m_mutex);
    assert(m_taken * m_batchSize < m_order.size());
    const std::size_t batch = m_taken++;
    if (!m_thread.joinable()) {
        make(batch);
        return m_slots[batch % m_slots.size()];
    }
    // The maker is woken for several batches at once: waking takes longer than making a small one.
    if (m_made <= m_taken + (m_slots.size() - 1) / 2)
        m_wake.notify_one();
    m_ready.wait(lock, [&] { return m_made > batch || m_failure; });
    if (m_failure)
        std::rethrow_exception(m_failure);
    return m_slots[batch % m_slots.size()];
}

void AugmentedBatches::work()
{
    std::unique_lock lock(m_mutex);
    const auto mayMake = [this] {
        // The batch taken last is in use: its slot is not free.
        return m_made * m_batchSize < m_order.size() &&
               m_made + 1 < std::max<std::size_t>(m_taken, 1) + m_slots.size();
    };
    for (;;) {
        m_wake.wait(lock, [&] { return m_quit || mayMake(); });
        if (m_quit)
            return;
        const std::size_t batch = m_made;
        m_making = true;
        lock.unlock();
        std::exception_ptr failure;
        try {
            make(batch);
        } catch (...) {
            failure = std::current_exception();
        }
        lock.lock();
        m_making = false;
        ++m_made;
        m_ready.notify_one();
        if (failure) {
            m_failure = failure;
            return;
        }
    }
}

} // namespace chainrule
