// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/library/database.h"

#include <span>
#include <string_view>

namespace chainrule {

/// What makes a library's tables: step i leads from version i of the schema, which PRAGMA user_version holds,
/// to version i + 1. Each is any number of SQL statements. A step that was published never changes.
[[nodiscard]] std::span<const std::string_view> schemaSteps();

/// PRAGMA application_id of a library: "ChRu".
inline constexpr std::int64_t libraryApplication = 0x43685275;

enum class SchemaState : std::uint8_t {
    Present, ///< of this version
    Newer,   ///< of a later one: can be read only
};

/// Brings the tables to the last of the steps, in one transaction; a new file gets all of them. Fails on the
/// database of another program, and changes nothing in it.
[[nodiscard]] Result<SchemaState> bringUpToDate(Database& database,
                                                std::span<const std::string_view> steps = schemaSteps());

/// The same for a file that may not be written. Fails also where the tables are those of an older version.
[[nodiscard]] Result<SchemaState> checkSchema(Database& database,
                                              std::span<const std::string_view> steps = schemaSteps());

/// The word about a library that a newer version has written.
[[nodiscard]] Error newerSchema(Database& database, std::span<const std::string_view> steps = schemaSteps());

} // namespace chainrule
