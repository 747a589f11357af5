// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/training/settings/settings.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>

// The fields of TrainingSettings, one row for each: the command line's options, the settings in files, the
// commands that repeat a run and the checks of bounds are all made from this table. A new field is a member
// of the struct and a row in settingsfields.cpp.
namespace chainrule {

/// A whole number from `low` to `high`.
struct WholeField {
    int& (*at)(TrainingSettings&);
    int low;
    int high;
    int example;
};

/// A real number from `low` to `high`; `low` itself is out of bounds where `above` is set.
struct RealField {
    double& (*at)(TrainingSettings&);
    double low;
    double high;
    bool above;
    double example;
};

struct SeedField {
    std::uint64_t& (*at)(TrainingSettings&);
};

/// A switch. Its option sets the value to `given`.
struct FlagField {
    bool& (*at)(TrainingSettings&);
    bool given;
};

/// Text that is taken as it is: a data set, a file.
struct TextField {
    std::string& (*at)(TrainingSettings&);
};

/// Something that is written as a word: a name out of a table, or layers.
struct WordField {
    std::string (*read)(const TrainingSettings&);
    Result<void> (*write)(TrainingSettings&, std::string_view word);
    Message (*choices)() = nullptr; ///< the names that stand for {1} in the help; null: none
};

struct SettingsField {
    std::string_view option; ///< of the command line, without its dashes: "lr"
    std::string_view member; ///< in files: "learning_rate"
    std::string_view value;  ///< what the option takes, for help: "RATE"; empty for a switch
    std::string_view help;   ///< one line, a sentence; {1} stands for choicesOf()
    bool always;             ///< files have the member even where the value is the default
    std::variant<WholeField, RealField, SeedField, FlagField, TextField, WordField> kind;
};

/// In the order of the command line.
[[nodiscard]] std::span<const SettingsField> settingsFields();

/// The names that the field takes, as its help lists them; empty where it takes none.
[[nodiscard]] Message choicesOf(const SettingsField& field);

/// The value as its option takes it; of a switch "yes" or "no".
[[nodiscard]] std::string textOf(const SettingsField& field, const TrainingSettings& settings);

/// Reads what textOf() writes. Fails on text that is not of the field's kind and on numbers out of its
/// bounds; the error names the option.
[[nodiscard]] Result<void> setText(const SettingsField& field, TrainingSettings& settings,
                                   std::string_view text);

/// Whether the field's number is within its bounds.
[[nodiscard]] Result<void> checkBounds(const SettingsField& field, const TrainingSettings& settings);

} // namespace chainrule
