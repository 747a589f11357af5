// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/data/ink/strokes.h"
#include "core/formats/modelmetadata.h"
#include "core/network/network.h"
#include "core/training/feed.h"
#include "core/training/history.h"
#include "core/training/run.h"
#include "core/training/settings.h"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace chainrule {

/// What the file that a window is about held of the network that a session has.
enum class FileHolds : std::uint8_t {
    Others,    ///< another network, or none
    Ancestors, ///< weights that it was trained from, or of the same run
    These,     ///< the very same weights
};

/// What a window would lose if the power failed: all that it holds and that is in no other file.
struct Session {
    std::string file;      ///< the model file that the window is about; empty: none
    bool modified = false; ///< whether the window holds more than that file
    std::string fileStamp; ///< of the file when it was opened or saved; the window's own notation
    FileHolds fileHolds = FileHolds::Others;
    TrainingSettings settings; ///< that are being edited

    std::shared_ptr<const Network> parameters; ///< the network's weights; null: nothing was learned
    std::string
        networkFault; ///< why a network, or a run's, that was kept is not here; empty: none is missing
    TrainingSettings trained;               ///< the settings of the run that they come from
    History history;                        ///< of that run
    std::vector<std::string> classNames;    ///< of the network's outputs; empty: their numbers
    std::vector<InputScale> scale;          ///< of its inputs; empty: none, or not known
    std::optional<InitialFile> initial;     ///< that the run began from; nothing: drawn by the seed
    bool recorded = true;                   ///< whether `trained` is known; else it is of no run
    double epoch = 0.0;                     ///< how far they were trained in that run; 0: not told
    bool unfinished = false;                ///< that run was still under way
    std::optional<Metrics> startValidation; ///< before its first step
    std::vector<CurvePoint> points;         ///< of its curves, within the epochs

    std::vector<std::shared_ptr<const Run>> runs; ///< the oldest first
    /// The unsaved run among `runs` that the user set aside last; null where there is no such run.
    std::shared_ptr<const Run> away;
    StrokeSample drawing; ///< on the canvas; empty: none
    std::string expression;
    std::map<std::string, double> variables; ///< of the expression
    std::string graphPage; ///< what else the Graph page was set to, in the window's own notation
};

/// The bytes of one file: a line with format and version, a line with two lengths and a checksum, a JSON
/// object and models (encodeModel()): the window's own and those of the runs, whose lengths the object tells.
/// Histories of runs that have ended are thinned to 2,000 epochs. Format 2 where runs have weights, else 1.
[[nodiscard]] std::string encodeSession(const Session& session);

/// The version of the format that a file's first bytes tell; nothing where they are of no session.
[[nodiscard]] std::optional<std::uint64_t> sessionVersion(std::string_view bytes);
inline constexpr std::uint64_t newestSessionVersion = 2; ///< that this program reads

/// Reads what encodeSession() writes. `name` is used in error messages. Fails on any byte that is not as it
/// was written, and on files of a newer version. Networks that cannot be read, for want of memory too, are
/// left out; networkFault tells it.
[[nodiscard]] Result<Session> decodeSession(std::span<const char> bytes, const std::string& name);

/// Whether the file's content is what was written, by its checksum; nothing where it cannot be read to its
/// end at present. Takes little memory, whatever the size.
[[nodiscard]] std::optional<bool> isWholeSession(const std::string& path);

/// decodeSession() on a file's content.
[[nodiscard]] Result<Session> loadSession(const std::string& path);

} // namespace chainrule
