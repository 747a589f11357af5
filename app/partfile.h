// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <QByteArray>
#include <QString>

namespace chainrule {

/// A file that is on its way, beside the place where it will be: TARGET.part. What was there already is kept,
/// so that it can be gone on with. Not for two at a time.
class PartFile {
public:
    PartFile() = default;
    ~PartFile();
    PartFile(const PartFile&) = delete;
    PartFile& operator=(const PartFile&) = delete;

    [[nodiscard]] Result<void> open(const QString& target);
    [[nodiscard]] bool isOpen() const { return m_descriptor >= 0; }
    [[nodiscard]] QString path() const { return m_path; }
    [[nodiscard]] qint64 size() const { return m_size; }

    /// Appends all of it. Failing, it leaves what was there and perhaps some of it.
    [[nodiscard]] Result<void> append(const QByteArray& bytes);
    /// Throws away what is there.
    [[nodiscard]] Result<void> clear();
    /// Closes it; nothing is left of it where it is empty.
    void close();
    /// Puts it in the target's place, as one step; what was there is moved aside.
    [[nodiscard]] Result<void> finish();

private:
    [[nodiscard]] Error failure(int number) const;

    QString m_target;
    QString m_path;
    int m_descriptor = -1;
    qint64 m_size = 0;
};

/// Gives a file that is in the way another name in its folder, "NAME.wrong": it may be somebody's.
[[nodiscard]] Result<void> moveAside(const QString& path);

/// What hinders the writing of `path`, by its errno.
[[nodiscard]] Error writingFailed(const QString& path, int number);

} // namespace chainrule
