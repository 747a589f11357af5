// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/library/library.h"

#include <QDialog>
#include <QString>

class QFormLayout;
class QLabel;

namespace chainrule {

class MessageBar;
class RunLibrary;
class RunListModel;
class ThemeSwitch;

/// Theme and language, and the library as a whole: where it is, what it takes, copies of it. Everything takes
/// effect at once, except the language. To be shown with open(); goes when it is closed.
class Preferences : public QDialog {
    Q_OBJECT

public:
    Preferences(RunLibrary& library, const RunListModel& runs, ThemeSwitch& theme, QWidget* parent);

    /// While something goes on, this ends that first.
    void reject() override;

private:
    void addLook(QFormLayout& form, ThemeSwitch& theme);
    void addLibrary(QFormLayout& form);
    void showSize(const Result<LibrarySize>& size);
    void chooseCopy();
    void backUp(const QString& path);
    void compact();
    void askToClear();
    void cancel();
    void setBusy(const QString& what); ///< empty: no longer
    void say(const QString& text);
    void sayProblem(const Error& error);
    [[nodiscard]] QString bytesText(std::int64_t bytes) const;

    RunLibrary& m_library;
    const RunListModel& m_runs;
    bool m_isBusy = false;
    bool m_isCancelled = false;
    QLabel* m_size = nullptr;
    QWidget* m_work = nullptr;
    QWidget* m_progress = nullptr;
    QLabel* m_busy = nullptr;
    MessageBar* m_message = nullptr;
};

} // namespace chainrule
