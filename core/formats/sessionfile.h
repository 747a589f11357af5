// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/data/ink/strokes.h"
#include "core/formats/modelmetadata.h"
#include "core/network/network.h"
#include "core/training/feed.h"
#include "core/training/history.h"
#include "core/training/run.h"
#include "core/training/settings/settings.h"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace chainrule {

/// How the model file that a window has open relates to the session's network.
enum class FileHolds : std::uint8_t {
    Others,    ///< another network, or none
    Ancestors, ///< weights that the network was trained from, or others of its run
    These,     ///< exactly its weights
};

/// What a window would lose if the power failed: everything that it holds and that is not saved elsewhere.
struct Session {
    std::string file;      ///< the model file that the window has open; empty: none
    bool modified = false; ///< whether the window holds more than that file
    std::string fileStamp; ///< of the file when it was opened or saved; the window's own notation
    FileHolds fileHolds = FileHolds::Others;
    TrainingSettings settings; ///< those that are being edited

    std::shared_ptr<const Network> parameters; ///< the network's weights; null: nothing was learned
    std::string networkFault; ///< why a network that was saved, the window's or a run's, could not be read;
                              ///< empty: all could
    TrainingSettings trained; ///< the settings of the run that the weights come from
    History history;          ///< of that run
    std::vector<std::string> classNames;    ///< of the network's outputs; empty: their numbers
    std::vector<InputScale> scale;          ///< of its inputs; empty: none, or not known
    std::optional<InitialFile> initial;     ///< file that the run began from; nothing: drawn by the seed
    bool recorded = true;                   ///< whether `trained` has the weights' own settings
    double epoch = 0.0;                     ///< how far that run had trained the weights; 0: not known
    bool unfinished = false;                ///< whether that run was still under way
    std::optional<Metrics> startValidation; ///< before its first step
    std::vector<CurvePoint> points;         ///< of its curves, also between the ends of epochs

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

/// The version of the format, from a file's first bytes; nothing where they are not those of a session.
[[nodiscard]] std::optional<std::uint64_t> sessionVersion(std::string_view bytes);
inline constexpr std::uint64_t newestSessionVersion = 2; ///< that this program reads

/// Reads what encodeSession() writes. `name` is used in error messages. Fails where a checksum shows that any
/// byte has changed, and on files of a newer version. Networks that cannot be read, also for want of memory,
/// are left out, and networkFault says why.
[[nodiscard]] Result<Session> decodeSession(std::span<const char> bytes, const std::string& name);

/// Whether the file's content matches its checksum; nothing where it cannot be read to its end at present.
/// Takes little memory, whatever the file's size.
[[nodiscard]] std::optional<bool> isWholeSession(const std::string& path);

/// decodeSession() on a file's content.
[[nodiscard]] Result<Session> loadSession(const std::string& path);

} // namespace chainrule
