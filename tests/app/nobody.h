// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFile>
#include <QString>

#include <unistd.h>

#include <cstdlib>

/// Who may not do everything: for as long as this lives, root is nobody; others stay who they are.
class AsNobody {
public:
    AsNobody() { m_changed = ::geteuid() == 0 && ::setresuid(id, id, 0) == 0; }
    ~AsNobody()
    {
        if (m_changed && ::setresuid(0, 0, 0) != 0)
            std::abort();
    }
    AsNobody(const AsNobody&) = delete;
    AsNobody& operator=(const AsNobody&) = delete;

    /// Whether permissions bind whoever this is now.
    [[nodiscard]] static bool isBound() { return ::geteuid() != 0; }

private:
    static constexpr uid_t id = 65534; // the real one too, which access() asks for
    bool m_changed = false;
};

/// Lets everybody look into a folder, which one for a test is made without.
inline bool openToAll(const QString& folder)
{
    // Nobody is still of root's group.
    return QFile::setPermissions(folder, QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner |
                                             QFile::ReadGroup | QFile::ExeGroup | QFile::ReadOther |
                                             QFile::ExeOther);
}
