// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/base/initialfile.h"

#include "app/base/filedigest.h"

#include <QFileInfo>

namespace chainrule {

InitialFile initialFileOf(const QString& path)
{
    return {QFileInfo(path).absoluteFilePath().toStdString(), fileDigest(path, {}).sha256.toStdString()};
}

InitialState stateOf(const std::optional<InitialFile>& initial, const std::stop_token& stop)
{
    if (!initial)
        return InitialState::None;
    if (initial->file.empty())
        return InitialState::InNoFile;
    const FileDigest now = fileDigest(QString::fromStdString(initial->file), stop);
    if (now.fault != 0)
        return InitialState::Missing;
    if (now.sha256.isEmpty() || initial->sha256.empty())
        return InitialState::Unknown;
    return now.sha256.toStdString() == initial->sha256 ? InitialState::Same : InitialState::Changed;
}

} // namespace chainrule
