// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/training/runsetup.h"

#include <memory>

namespace chainrule::tests {

/// A run on the data of a test's own setup, which must outlive it.
template <typename Setup>
RunSetup borrowedRun(const Setup& setup)
{
    return {setup.settings, {std::shared_ptr<const Dataset>(), &setup.data}, setup.split, setup.initial};
}

} // namespace chainrule::tests
