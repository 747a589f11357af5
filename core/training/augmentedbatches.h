// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/data/augment.h"
#include "core/data/dataset.h"

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

namespace chainrule {

/// Makes an epoch's batches of deformed images on a thread of its own, some ahead of the training; what they
/// are does not depend on when they are made. Where no thread is to be had they are made when asked for.
class AugmentedBatches {
public:
    /// For an image set, which stays the caller's.
    AugmentedBatches(const Dataset& data, std::uint64_t seed, std::size_t batchSize);
    ~AugmentedBatches();
    AugmentedBatches(const AugmentedBatches&) = delete;
    AugmentedBatches& operator=(const AugmentedBatches&) = delete;

    /// Begins an epoch with its samples in this order, which must stay as it is until the last of its batches
    /// was taken, or another epoch began.
    void startEpoch(int epoch, std::span<const std::uint32_t> order);

    /// The epoch's next batch: its samples are numbered from 0 in the epoch's order. Valid until the next
    /// call.
    const Dataset& next();

private:
    void make(std::size_t batch);
    void work();

    const Dataset& m_data;
    std::uint64_t m_seed;
    std::size_t m_batchSize;
    std::vector<Dataset> m_slots;       ///< batch b is in slot b modulo their number
    std::vector<std::uint8_t> m_padded; ///< the maker's
    Augmentation m_augmentation;        ///< the maker's
    int m_augmentationEpoch = 0;        ///< the maker's; 0: none yet

    std::mutex m_mutex;
    std::condition_variable m_wake;
    std::condition_variable m_ready;
    std::span<const std::uint32_t> m_order;
    int m_epoch = 0;
    std::size_t m_made = 0;  ///< batches of the epoch
    std::size_t m_taken = 0; ///< of them, the one in use included
    bool m_making = false;   ///< the maker looks at the order
    bool m_quit = false;
    std::exception_ptr m_failure;
    std::thread m_thread;
};

} // namespace chainrule
