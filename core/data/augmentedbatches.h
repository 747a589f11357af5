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

/// Makes an epoch's batches of deformed images on a thread of its own, a few batches ahead of the training.
/// Their content does not depend on when they are made. Where no thread can be started, each batch is made
/// when it is asked for.
class AugmentedBatches {
public:
    /// `data` is an image set and must outlive this.
    AugmentedBatches(const Dataset& data, std::uint64_t seed, std::size_t batchSize);
    ~AugmentedBatches();
    AugmentedBatches(const AugmentedBatches&) = delete;
    AugmentedBatches& operator=(const AugmentedBatches&) = delete;

    /// Begins an epoch with its samples in this order, at the batch with this number, counted from 0. The
    /// order must not change until the last of its batches has been taken or another epoch begins.
    void startEpoch(int epoch, std::span<const std::uint32_t> order, std::size_t batch = 0);

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
    std::vector<std::uint8_t> m_padded; ///< used only where batches are made
    Augmentation m_augmentation;        ///< used only where batches are made
    int m_augmentationEpoch = 0;        ///< that m_augmentation is of; 0: none yet

    std::mutex m_mutex;
    std::condition_variable m_wake;
    std::condition_variable m_ready;
    std::span<const std::uint32_t> m_order;
    int m_epoch = 0;
    std::size_t m_made = 0;  ///< batches of the epoch that were made
    std::size_t m_taken = 0; ///< of those, how many were taken, the one in use included
    bool m_making = false;   ///< a batch is being made, which reads the order
    bool m_quit = false;
    std::exception_ptr m_failure;
    std::thread m_thread;
};

} // namespace chainrule
