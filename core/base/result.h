// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/messages.h"

#include <cassert>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>

namespace chainrule {

/// What a button beside an error's message can do about it.
enum class MendAction : std::uint8_t { None, LowerLearningRate };

/// An error, in the three parts that every error of the program has: what failed, why, and how to mend it.
/// Each part is a clause without a full stop.
struct Error {
    Message what; ///< the file, field or step that failed
    Message why;  ///< the reason
    Message mend; ///< what a person can do about it
    MendAction action = MendAction::None;
    double actionValue = 0.0; ///< the learning rate to take

    /// "WHAT: WHY. HOW TO MEND.", in English.
    [[nodiscard]] std::string message() const
    {
        return what.english() + ": " + why.english() + "." +
               (mend.empty() ? std::string() : " " + mend.english() + ".");
    }
};

/// A value or an Error; the member names are those of std::expected, which C++20 does not have yet.
template <typename T>
class [[nodiscard]] Result {
public:
    Result(T value)
        : m_content(std::in_place_index<0>, std::move(value))
    {
    }
    Result(Error error)
        : m_content(std::in_place_index<1>, std::move(error))
    {
    }

    [[nodiscard]] bool has_value() const { return m_content.index() == 0; }
    explicit operator bool() const { return has_value(); }

    [[nodiscard]] T& value() &
    {
        assert(has_value());
        return std::get<0>(m_content);
    }
    [[nodiscard]] const T& value() const&
    {
        assert(has_value());
        return std::get<0>(m_content);
    }
    [[nodiscard]] T&& value() &&
    {
        assert(has_value());
        return std::get<0>(std::move(m_content));
    }
    T& operator*() & { return value(); }
    const T& operator*() const& { return value(); }
    T&& operator*() && { return std::move(*this).value(); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }

    [[nodiscard]] const Error& error() const
    {
        assert(!has_value());
        return std::get<1>(m_content);
    }

private:
    std::variant<T, Error> m_content;
};

/// Success, or an Error.
template <>
class [[nodiscard]] Result<void> {
public:
    Result() = default;
    Result(Error error)
        : m_error(std::move(error))
        , m_failed(true)
    {
    }

    [[nodiscard]] bool has_value() const { return !m_failed; }
    explicit operator bool() const { return has_value(); }
    [[nodiscard]] const Error& error() const
    {
        assert(m_failed);
        return m_error;
    }

private:
    Error m_error;
    bool m_failed = false;
};

} // namespace chainrule
