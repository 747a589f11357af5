// SPDX-License-Identifier: GPL-3.0-or-later
// How fast the window comes up, how soon a click on Train shows a point, how long events wait while all cores
// train, and how fast both engines are. One measurement a line; nothing is judged.
#include "app/base/theme.h"
#include "app/base/translations.h"
#include "app/train/trainpage.h"
#include "app/window/mainwindow.h"
#include "app/window/runbar.h"

#include "core/data/readers/sources.h"
#include "core/training/loop.h"
#include "core/training/runsetup.h"

#include "tests/bench/delayprobe.h"

#include "widgets/curves/curveplot.h"
#include "widgets/style/icons.h"

#include <qcustomplot.h>

#include <QApplication>
#include <QCommandLineParser>
#include <QEventLoop>
#include <QFile>
#include <QMouseEvent>
#include <QPushButton>
#include <QSettings>
#include <QTemporaryDir>
#include <QThread>
#include <QTimer>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <functional>
#include <memory>
#include <optional>
#include <unistd.h>
#include <vector>

namespace chainrule {

namespace {

using Clock = std::chrono::steady_clock;
using Milliseconds = std::chrono::duration<double, std::milli>;

constexpr int startPatience = 30'000; // milliseconds until a measurement is given up
constexpr int clicks = 5;

/// When the kernel made this process: from /proc, in steps of its clock, usually 10 ms. Loading the program
/// and its libraries comes after it.
Clock::time_point processStart()
{
    const auto now = Clock::now();
    QFile file(QStringLiteral("/proc/self/stat"));
    timespec sinceBoot{};
    if (!file.open(QIODevice::ReadOnly) || clock_gettime(CLOCK_BOOTTIME, &sinceBoot) != 0)
        return now;
    const QByteArray line = file.readAll();
    // The name in parentheses may hold blanks; field 22, starttime, is the twentieth after it.
    const QList<QByteArray> fields = line.mid(line.lastIndexOf(')') + 2).split(' ');
    const double start = fields.value(19).toDouble() / static_cast<double>(sysconf(_SC_CLK_TCK));
    const double age =
        static_cast<double>(sinceBoot.tv_sec) + static_cast<double>(sinceBoot.tv_nsec) / 1e9 - start;
    return now - std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(age));
}

double millisecondsSince(Clock::time_point start)
{
    return Milliseconds(Clock::now() - start).count();
}

/// Calls back once, after a widget's next paint has reached the screen's buffer.
class PaintWatch : public QObject {
public:
    PaintWatch(QWidget* widget, std::function<void()> painted)
        : m_painted(std::move(painted))
    {
        widget->installEventFilter(this);
    }

protected:
    bool eventFilter(QObject* watched, QEvent* event) override
    {
        if (event->type() == QEvent::Paint) {
            watched->removeEventFilter(this);
            // The paint that this announces, its children's and the flush go before any timer.
            QTimer::singleShot(0, this, m_painted);
        }
        return false;
    }

private:
    std::function<void()> m_painted;
};

/// Lets the event loop run until done() is called, or until patience ends: false.
class Wait {
public:
    void done() { m_loop.exit(0); }
    bool run(int milliseconds = startPatience)
    {
        QTimer::singleShot(milliseconds, &m_loop, [this] { m_loop.exit(1); });
        return m_loop.exec() == 0;
    }

private:
    QEventLoop m_loop;
};

void pause(int milliseconds)
{
    (void)Wait().run(milliseconds);
}

class WindowBench {
public:
    explicit WindowBench(MainWindow& window)
        : m_window(window)
        , m_page(window.findChild<TrainPage*>())
        , m_button(window.findChild<RunBar*>()->runButton())
    {
    }

    bool firstPaint(Clock::time_point start)
    {
        Wait wait;
        double painted = 0.0;
        const PaintWatch watch(&m_window, [&] {
            painted = millisecondsSince(start);
            wait.done();
        });
        m_window.show();
        m_window.begin({}, {}, false);
        if (!wait.run())
            return false;
        std::printf("first paint                   %8.0f ms after the start of the process\n", painted);
        return waitForData(start);
    }

    void delays(const char* name, std::chrono::seconds duration)
    {
        int replots = 0;
        QObject scope;
        QObject::connect(plot(), &QCustomPlot::afterReplot, &scope, [&replots] { ++replots; });
        DelayProbe probe;
        const std::vector<double> delays = probe.measure(duration);
        std::printf("event loop, %-17s %8.2f ms median, %.2f ms 99th percentile, %.2f ms maximum "
                    "(%zu events in %lld s, %.0f plots a second)\n",
                    name, quantile(delays, 0.5), quantile(delays, 0.99), quantile(delays, 1.0), delays.size(),
                    static_cast<long long>(duration.count()),
                    static_cast<double>(replots) / static_cast<double>(duration.count()));
        std::fflush(stdout);
    }

    bool firstPoints()
    {
        std::vector<double> known;
        std::vector<double> shown;
        for (int i = 0; i < clicks; ++i) {
            if (!train(known, shown))
                return false;
            reset();
        }
        std::sort(known.begin(), known.end());
        std::sort(shown.begin(), shown.end());
        std::printf("click to first curve point    %8.0f ms median, %.0f ms maximum of %d: in the curve\n",
                    quantile(known, 0.5), known.back(), clicks);
        std::printf("                              %8.0f ms median, %.0f ms maximum of %d: painted\n",
                    quantile(shown, 0.5), shown.back(), clicks);
        return true;
    }

    bool delaysWhileTraining(const char* name, const TrainingSettings& settings,
                             std::chrono::seconds duration)
    {
        m_window.workbench().document().edit(settings, QString());
        std::vector<double> unused;
        if (!train(unused, unused))
            return false;
        delays(name, duration);
        const bool lasted = m_window.workbench().training().state() == TrainingState::Running;
        reset();
        return lasted;
    }

private:
    QCustomPlot* plot() const { return m_page->lossPlot()->findChild<QCustomPlot*>(); }

    bool waitForData(Clock::time_point start)
    {
        DataStore& store = m_window.workbench().store();
        if (!store.data() || store.isLoading()) {
            Wait wait;
            QObject scope;
            QObject::connect(&store, &DataStore::loaded, &scope, [&] { wait.done(); });
            if (!wait.run())
                return false;
        }
        std::printf("data loaded                   %8.0f ms after the start of the process\n",
                    millisecondsSince(start));
        return true;
    }

    void click()
    {
        const QPointF local = m_button->rect().center();
        const QPointF global = m_button->mapToGlobal(local);
        for (const auto type : {QEvent::MouseButtonPress, QEvent::MouseButtonRelease}) {
            const auto held = type == QEvent::MouseButtonPress ? Qt::LeftButton : Qt::NoButton;
            QCoreApplication::postEvent(
                m_button, new QMouseEvent(type, local, global, Qt::LeftButton, held, Qt::NoModifier));
        }
    }

    /// Clicks Train and appends how long it took until the loss curve had a value, and until that was seen.
    bool train(std::vector<double>& known, std::vector<double>& shown)
    {
        Wait wait;
        QObject scope;
        std::optional<double> arrived;
        std::unique_ptr<PaintWatch> watch;
        const auto start = Clock::now();
        // The window connected first, so the curves have taken the news already.
        QObject::connect(&m_window.workbench().training(), &TrainingController::news, &scope, [&] {
            if (!arrived && m_page->lossPlot()->latestTraining())
                arrived = millisecondsSince(start);
        });
        // A replot may paint before it ends.
        QObject::connect(plot(), &QCustomPlot::beforeReplot, &scope, [&] {
            if (!arrived || watch)
                return;
            watch = std::make_unique<PaintWatch>(plot(), [&] {
                known.push_back(*arrived);
                shown.push_back(millisecondsSince(start));
                wait.done();
            });
        });
        click();
        return wait.run();
    }

    void reset()
    {
        m_window.workbench().reset();
        pause(300);
    }

    MainWindow& m_window;
    TrainPage* m_page;
    QPushButton* m_button;
};

void printSpeed(const char* name, int threads)
{
    TrainingSettings settings = presetSettings(name).value();
    settings.threads = threads;
    settings.data = defaultSource();
    auto data = loadDataset(settings.data);
    if (!data) {
        std::printf("%s\n", data.error().message().c_str());
        return;
    }
    const auto setup = prepareRun(settings, {}, std::make_shared<const Dataset>(std::move(*data)));
    if (!setup) {
        std::printf("%s\n", setup.error().message().c_str());
        return;
    }
    Control control(settings.learningRate);
    Feed feed;
    const TrainingOutcome outcome = train(*setup, control, feed, {});
    const QByteArray label =
        QStringLiteral("preset %1, threads: %2").arg(QLatin1String(name)).arg(threads).toUtf8();
    std::printf("%-29s %8.0f samples a second (%s, %zu samples, %d epochs)\n", label.constData(),
                outcome.history.samplesPerSecond, settings.data.c_str(), setup->split.training.size(),
                setup->settings.epochs);
    std::fflush(stdout);
}

int runBench(int argc, char** argv)
{
    const auto start = processStart();
    QApplication application(argc, argv);
    QApplication::setApplicationName(QStringLiteral("chainrule"));
    QApplication::setOrganizationName(QStringLiteral("chainrule"));
    QApplication::setWindowIcon(applicationIcon());
    installTranslations(application);
    // The window's own settings are neither read nor touched.
    const QTemporaryDir home;
    QSettings::setPath(QSettings::NativeFormat, QSettings::UserScope, home.path());

    QCommandLineParser parser;
    parser.setApplicationDescription(QStringLiteral("Measures the window's and the engines' speed."));
    parser.addHelpOption();
    parser.addOption({QStringLiteral("seconds"), QStringLiteral("Length of each look at the event loop."),
                      QStringLiteral("N"), QStringLiteral("10")});
    parser.process(application);
    const std::chrono::seconds duration(std::max(1, parser.value(QStringLiteral("seconds")).toInt()));

    TrainingSettings settings = presets().front().settings;
    settings.data = "digits";
    const int cores = QThread::idealThreadCount();

    ThemeSwitch theme;
    MainWindow window(settings, theme);
    WindowBench bench(window);
    std::printf("platform %s, %d cores, built-in digits\n", qPrintable(QGuiApplication::platformName()),
                cores);

    TrainingSettings endless = settings;
    endless.epochs = maximumEpochs;
    TrainingSettings allCores = endless;
    allCores.threads = std::min(cores, maximumThreads);
    TrainingSettings scalar = presetSettings("scalar").value();
    scalar.data = settings.data;
    scalar.epochs = maximumEpochs;

    if (!bench.firstPaint(start))
        return 1;
    pause(500);
    bench.delays("idle", duration);
    if (!bench.firstPoints() || !bench.delaysWhileTraining("one thread", endless, duration) ||
        !bench.delaysWhileTraining("all cores", allCores, duration) ||
        !bench.delaysWhileTraining("scalar engine", scalar, duration)) {
        std::printf("given up: no curve point came, or the run ended\n");
        return 1;
    }
    window.close();

    printSpeed("matrix", 1);
    if (cores > 1)
        printSpeed("matrix", allCores.threads);
    printSpeed("scalar", 1);
    return 0;
}

} // namespace

} // namespace chainrule

int main(int argc, char** argv)
{
    return chainrule::runBench(argc, argv);
}
