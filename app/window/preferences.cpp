// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/preferences.h"

#include "app/base/errortext.h"
#include "app/base/panels.h"
#include "app/base/theme.h"
#include "app/base/translations.h"
#include "app/runs/runlibrary.h"

#include "widgets/fields/messagebar.h"
#include "widgets/tables/runlistmodel.h"

#include <QComboBox>
#include <QDateTime>
#include <QDesktopServices>
#include <QDialogButtonBox>
#include <QDoubleSpinBox>
#include <QFileDialog>
#include <QFileInfo>
#include <QFormLayout>
#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <QMessageBox>
#include <QPointer>
#include <QProgressBar>
#include <QPushButton>
#include <QStandardPaths>
#include <QUrl>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>

namespace chainrule {

namespace {

constexpr double bytesPerGigabyte = 1024.0 * 1024.0 * 1024.0;
constexpr double smallestBudget = 0.1; // GB
constexpr double largestBudget = 10'000.0;
constexpr int characters = 52; // of a line

} // namespace

Preferences::Preferences(RunLibrary& library, const RunListModel& runs, ThemeSwitch& theme, QWidget* parent)
    : QDialog(parent)
    , m_library(library)
    , m_runs(runs)
{
    setWindowTitle(tr("Preferences"));
    setAttribute(Qt::WA_DeleteOnClose);
    auto* form = new QFormLayout;
    form->setSpacing(8);
    form->setFieldGrowthPolicy(QFormLayout::ExpandingFieldsGrow);
    addLook(*form, theme);
    addLibrary(*form);

    m_message = new MessageBar;
    m_message->setNames(tr("Library message"), tr("Library message text"), tr("Dismiss library message"));
    auto* buttons = new QDialogButtonBox;
    buttons->addButton(tr("Clo&se"), QDialogButtonBox::RejectRole);
    connect(buttons, &QDialogButtonBox::rejected, this, &Preferences::reject);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(16, 16, 16, 16);
    layout->addLayout(form);
    layout->addWidget(m_message);
    layout->addStretch();
    layout->addWidget(buttons);
    setBusy({});
    m_library.measure([self = QPointer(this)](const Result<LibrarySize>& size) {
        if (self)
            self->showSize(size);
    });
}

void Preferences::addLook(QFormLayout& form, ThemeSwitch& theme)
{
    auto* themes = new QComboBox;
    themes->addItem(tr("Follow system"), static_cast<int>(ThemeChoice::System));
    themes->addItem(tr("Light"), static_cast<int>(ThemeChoice::Light));
    themes->addItem(tr("Dark"), static_cast<int>(ThemeChoice::Dark));
    themes->setCurrentIndex(themes->findData(static_cast<int>(theme.choice())));
    themes->setAccessibleName(tr("Theme"));
    connect(themes, &QComboBox::activated, &theme,
            [themes, &theme] { theme.choose(static_cast<ThemeChoice>(themes->currentData().toInt())); });

    auto* languages = new QComboBox;
    languages->addItem(tr("Follow system"), QString());
    for (const QString& language : translations::languages())
        languages->addItem(QLocale(language).nativeLanguageName(), language);
    languages->setCurrentIndex(std::max(0, languages->findData(translations::chosen())));
    languages->setAccessibleName(tr("Language"));
    auto* later = new QLabel(tr("Another language takes effect at the next start."));
    later->setForegroundRole(QPalette::PlaceholderText);
    connect(languages, &QComboBox::activated, this,
            [languages] { translations::choose(languages->currentData().toString()); });

    form.addRow(panelHeading(tr("Appearance")));
    form.addRow(tr("&Theme"), themes);
    form.addRow(tr("&Language"), languages);
    form.addRow(QString(), later);
}

void Preferences::addLibrary(QFormLayout& form)
{
    const QString path = QString::fromStdString(m_library.path());
    const bool isFile = !path.isEmpty() && m_library.path() != inMemory;
    const bool isNamed = !qEnvironmentVariableIsEmpty("CHAINRULE_LIBRARY");
    auto* place = new QLineEdit(isFile ? path : tr("In memory only, until the window closes"));
    place->setReadOnly(true);
    place->setAccessibleName(tr("Place of the library"));
    place->setMinimumWidth(characters * fontMetrics().averageCharWidth());
    place->setCursorPosition(0);
    auto* folder = new QPushButton(tr("&Open folder"));
    folder->setEnabled(isFile);
    connect(folder, &QPushButton::clicked, this,
            [path] { QDesktopServices::openUrl(QUrl::fromLocalFile(QFileInfo(path).absolutePath())); });
    auto* placeRow = new QHBoxLayout;
    placeRow->addWidget(place, 1);
    placeRow->addWidget(folder);
    auto* whose =
        new QLabel(isNamed ? tr("The environment variable CHAINRULE_LIBRARY names this file.")
                           : tr("The environment variable CHAINRULE_LIBRARY can name another file."));
    whose->setForegroundRole(QPalette::PlaceholderText);

    m_size = new QLabel(tr("Measuring"));
    m_size->setAccessibleName(tr("Size of the library"));
    auto* budget = new QDoubleSpinBox;
    budget->setRange(smallestBudget, largestBudget);
    budget->setDecimals(1);
    budget->setSuffix(tr(" GB"));
    budget->setKeyboardTracking(false);
    budget->setValue(static_cast<double>(RunLibrary::budget()) / bytesPerGigabyte);
    budget->setAccessibleName(tr("Budget for checkpoints"));
    budget->setToolTip(tr("The most that checkpoints may take on disk. Where they take more, the oldest runs "
                          "that are not pinned lose theirs, but never their place in the list"));
    connect(budget, &QDoubleSpinBox::valueChanged, this, [this](double gigabytes) {
        m_library.setBudget(static_cast<std::uint64_t>(std::llround(gigabytes * bytesPerGigabyte)));
    });

    auto* backUp = new QPushButton(tr("&Back up…"));
    backUp->setToolTip(tr("Write a copy of the whole library into another file"));
    connect(backUp, &QPushButton::clicked, this, &Preferences::chooseCopy);
    auto* compact = new QPushButton(tr("&Compact"));
    compact->setToolTip(tr("Keep the budget now, and give free space in the file back to the disk"));
    connect(compact, &QPushButton::clicked, this, &Preferences::compact);
    auto* clear = new QPushButton(tr("Cl&ear…"));
    clear->setToolTip(tr("Delete all runs that are not pinned"));
    connect(clear, &QPushButton::clicked, this, &Preferences::askToClear);
    connect(&m_library, &RunLibrary::failed, this, &Preferences::sayProblem);
    connect(&m_library, &RunLibrary::cleared, this, [this](const std::vector<std::string>& ids) {
        if (!ids.empty())
            say(tr("Runs deleted: %1. Until the window closes, Undo in the Edit menu brings them back.")
                    .arg(locale().toString(static_cast<qulonglong>(ids.size()))));
    });
    m_work = new QWidget;
    auto* workRow = new QHBoxLayout(m_work);
    workRow->setContentsMargins(0, 0, 0, 0);
    for (QPushButton* button : {backUp, compact, clear}) {
        button->setAutoDefault(false);
        workRow->addWidget(button);
    }
    folder->setAutoDefault(false);
    workRow->addStretch();

    m_busy = new QLabel;
    m_busy->setAccessibleName(tr("Work on the library"));
    auto* bar = new QProgressBar;
    bar->setRange(0, 0);
    bar->setTextVisible(false);
    bar->setAccessibleName(tr("Progress of the work on the library"));
    auto* cancel = new QPushButton(tr("Cancel"));
    cancel->setAutoDefault(false);
    connect(cancel, &QPushButton::clicked, this, &Preferences::cancel);
    m_progress = new QWidget;
    auto* progressRow = new QHBoxLayout(m_progress);
    progressRow->setContentsMargins(0, 0, 0, 0);
    progressRow->addWidget(m_busy);
    progressRow->addWidget(bar, 1);
    progressRow->addWidget(cancel);

    form.addRow(panelHeading(tr("Library of runs")));
    form.addRow(tr("Place"), placeRow);
    form.addRow(QString(), whose);
    form.addRow(tr("Size"), m_size);
    form.addRow(tr("Bu&dget"), budget);
    form.addRow(QString(), m_work);
    form.addRow(QString(), m_progress);
}

QString Preferences::bytesText(std::int64_t bytes) const
{
    return locale().formattedDataSize(bytes, 1, QLocale::DataSizeTraditionalFormat);
}

void Preferences::showSize(const Result<LibrarySize>& size)
{
    m_size->setText(
        size ? tr("%1, of which checkpoints take %2").arg(bytesText(size->file), bytesText(size->checkpoints))
             : sentenceOf(size.error()));
}

void Preferences::setBusy(const QString& what)
{
    m_isBusy = !what.isEmpty();
    m_isCancelled = m_isCancelled && !m_isBusy; // the work before this one
    m_work->setVisible(!m_isBusy);
    m_progress->setVisible(m_isBusy);
    m_busy->setText(what);
    if (m_isBusy)
        m_message->hide();
}

void Preferences::say(const QString& text)
{
    m_message->showMessage(MessageBar::Kind::Note, text);
}

void Preferences::sayProblem(const Error& error)
{
    m_message->showMessage(MessageBar::Kind::Problem, sentenceOf(error));
}

void Preferences::reject()
{
    if (m_isBusy)
        cancel();
    else
        QDialog::reject();
}

void Preferences::cancel()
{
    m_isCancelled = true;
    m_library.cancel();
}

void Preferences::chooseCopy()
{
    // Without a suffix of its own: the dialog asks about the very name that is written.
    auto* dialog = new QFileDialog(this, tr("Back up the library"),
                                   QStandardPaths::writableLocation(QStandardPaths::DocumentsLocation));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->selectFile(tr("chainrule-library-%1.db").arg(QDate::currentDate().toString(Qt::ISODate)));
    connect(dialog, &QFileDialog::fileSelected, this, &Preferences::backUp);
    dialog->open();
}

void Preferences::backUp(const QString& path)
{
    setBusy(tr("Backing up"));
    m_library.backUp(QFile::encodeName(path).toStdString(),
                     [self = QPointer(this), path](const Result<bool>& done) {
                         if (!self)
                             return;
                         self->setBusy({});
                         if (!done)
                             self->sayProblem(done.error());
                         else
                             self->say(*done ? tr("The library was copied to %1.").arg(path)
                                             : tr("The copy was cancelled; no file was written."));
                     });
}

void Preferences::compact()
{
    setBusy(tr("Compacting"));
    const QPointer self(this);
    const auto before = std::make_shared<std::int64_t>(0);
    const auto use = std::make_shared<Result<BudgetUse>>(BudgetUse{});
    m_library.measure([before](const Result<LibrarySize>& size) { *before = size ? size->file : 0; });
    m_library.compact([use](const Result<BudgetUse>& done) { *use = done; });
    m_library.measure([self, before, use](const Result<LibrarySize>& size) {
        if (!self)
            return;
        self->setBusy({});
        self->showSize(size);
        if (!*use)
            self->sayProblem(use->error());
        if (!*use || !size)
            return;
        const std::int64_t freed = std::max<std::int64_t>(0, *before - size->file);
        QString text = tr("Freed %1.").arg(self->bytesText(freed));
        if (self->m_isCancelled)
            text = tr("Cancelled.") + QLatin1Char(' ') + text;
        else if ((*use)->after > static_cast<std::int64_t>(RunLibrary::budget()))
            text +=
                QLatin1Char(' ') + tr("The checkpoints of pinned and running runs alone take %1, more than "
                                      "the budget.")
                                       .arg(self->bytesText((*use)->after));
        self->say(text);
    });
}

void Preferences::askToClear()
{
    int gone = 0;
    for (int row = 0; row < m_runs.rowCount(); ++row)
        gone += !m_runs.listed(row).pinned && m_runs.listed(row).state != RunState::Running ? 1 : 0;
    if (gone == 0) {
        say(tr("There is no run that could be deleted: all are pinned or being trained."));
        return;
    }
    auto* question = new QMessageBox(QMessageBox::Question, tr("Clear the library"),
                                     tr("Delete all runs that are not pinned?"), QMessageBox::NoButton, this);
    question->setAttribute(Qt::WA_DeleteOnClose);
    question->setInformativeText(tr("That is %1 of %2 runs. Until the window closes, it can be undone.")
                                     .arg(locale().toString(gone), locale().toString(m_runs.rowCount())));
    QPushButton* clear = question->addButton(tr("&Delete them"), QMessageBox::DestructiveRole);
    question->setEscapeButton(question->addButton(tr("&Cancel"), QMessageBox::RejectRole));
    connect(clear, &QPushButton::clicked, this, [this] { m_library.clear(); });
    question->open();
}

} // namespace chainrule
