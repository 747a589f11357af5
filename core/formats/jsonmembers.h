// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace chainrule {

/// The text as JSON, within the bounds of faultInJson(). `what` and `mend` become parts of the error. Throws
/// nothing but std::bad_alloc.
[[nodiscard]] Result<nlohmann::json> parsedJson(std::string_view text, std::size_t maximumValues,
                                                const Message& what, MessageId mend);

/// One line; bytes that are not UTF-8 become U+FFFD.
[[nodiscard]] std::string writtenJson(const nlohmann::ordered_json& value);

/// Reads the members of one JSON object. A missing member leaves its target as it was, and so does a member
/// of a wrong type; result() returns the error of the first member of a wrong type. A caller that accepts the
/// defaults instead need not call result().
///
/// Each read() returns whether the member was taken.
class Members {
public:
    /// `object` must outlive this. A value that is not an object has no members. `what` names it in errors.
    Members(const nlohmann::json& object, Message what)
        : m_object(object)
        , m_what(std::move(what))
    {
    }

    [[nodiscard]] const nlohmann::json* find(const char* name) const;

    /// JSON has no NaN and no infinity: they are written as null, and null is read as NaN.
    bool read(const char* name, double& target);
    bool read(const char* name, int& target);
    bool read(const char* name, std::int64_t& target);
    bool read(const char* name, std::uint64_t& target);
    bool read(const char* name, bool& target);
    bool read(const char* name, std::string& target);
    /// A list of numbers or null, each read as a double is; a list with anything else in it has a wrong type.
    bool read(const char* name, std::vector<double>& target);

    void fail(Message fault);
    [[nodiscard]] Result<void> result() const;

private:
    template <typename T>
    bool take(const char* name, T& target, bool fits, MessageId wrong);

    const nlohmann::json& m_object;
    Message m_what;
    Message m_fault;
};

} // namespace chainrule
