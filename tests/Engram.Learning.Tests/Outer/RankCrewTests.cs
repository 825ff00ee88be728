using System.Collections.Concurrent;
using Engram.Learning.Outer;
using Engram.Learning.Outer.Crews;
using Engram.Learning.Outer.Estimators;
using Engram.Numerics.Text;

namespace Engram.Learning.Tests;

/// <summary>Several processes give the bits of one; here they are threads, and messages queues.</summary>
public sealed class RankCrewTests
{
    [Theory]
    [InlineData(2, 8, 1)]
    [InlineData(4, 8, 2)]
    [InlineData(7, 8, 1)]
    [InlineData(7, 7, 3)]
    [InlineData(3, 20, 2)]
    public void Step_AnyNumberOfRanks_GivesTheBitsOfOneProcess(int ranks, int lifetimes, int threads)
    {
        MetaTrainingSpec spec = Toy.Spec with { LifetimesPerOuterStep = lifetimes, ClipNorm = 20 };
        using var source = new ToySource(32);
        using MetaTrainer alone = Toy.Trainer(source, spec, threads: 2);
        OuterStepReport[] expected = [.. Enumerable.Range(0, 6).Select(_ => alone.Step())];

        (float[] numbers, OuterStepReport[] reports) = With(ranks, spec, threads, trainer =>
        {
            OuterStepReport[] made = [.. Enumerable.Range(0, 6).Select(_ => trainer.Step())];
            return (Toy.Numbers(trainer.Parameters), made);
        });

        Assert.Equal(expected, reports);
        Assert.Equal(Toy.Numbers(alone.Parameters), numbers);
    }

    [Fact]
    public void Step_DivergedOnAnotherRank_ThrowsAsOneProcessDoes()
    {
        MetaTrainingSpec spec = Toy.Spec with { LifetimesPerOuterStep = 4 };
        var injected = new Dictionary<float, float> { [(float)ToySource.TargetOf(3)] = float.NaN };

        NonFiniteException failure = With(2, spec, 1, trainer => Assert.Throws<NonFiniteException>(() => trainer.Step()), injected);

        Assert.Equal("meta-gradient", failure.Quantity);
        Assert.Equal(0, failure.OuterStep);
    }

    [Fact]
    public void Create_MoreRanksThanLifetimes_IsRefusedEverywhere()
    {
        var failure = Assert.Throws<EngramException>(() => With(4, Toy.Spec with { LifetimesPerOuterStep = 2 }, 1, _ => 0));

        Assert.Contains("4 ranks for 2 lifetimes", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Create_EstimatorThatRemembers_IsRefused()
    {
        MetaTrainingSpec spec = Toy.Spec with { LifetimesPerOuterStep = 4, Estimator = new PersistentEvolutionEstimator() };

        var failure = Assert.ThrowsAny<EngramException>(() => With(2, spec, 1, _ => 0));

        Assert.Contains("2 ranks", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Create_RankThatCannotPrepare_IsToldOnRankZero()
    {
        var failure = Assert.Throws<EngramException>(() => With(
            3, Toy.Spec with { LifetimesPerOuterStep = 4 }, 1, _ => 0, prepare: rank =>
                rank == 2 ? throw new EngramException("found no data.") : null));

        Assert.Equal("Rank 2: found no data.", failure.Message);
    }

    // Trains on rank 0 while threads serve as the other ranks; all of them must have ended afterwards.
    private static TResult With<TResult>(
        int count, MetaTrainingSpec spec, int threads, Func<MetaTrainer, TResult> train, Dictionary<float, float>? injected = null,
        Func<int, RankTraining?>? prepare = null)
    {
        QueuedRanks[] ranks = QueuedRanks.Make(count);
        var faults = new ConcurrentQueue<Exception>();
        Thread[] others =
            [.. ranks.Skip(1).Select(r => new Thread(() => Guard(() => RankWorker.Serve(r, (_, own) => Prepare(r.Rank, own)))))];
        Array.ForEach(others, t => t.Start());
        try
        {
            using var source = new ToySource(32);
            using var trainer = new MetaTrainer(
                Toy.Layout, new InitializationSpec(), spec, source, 1, threads, (layout, _) => new ToyEngine(layout)
                { Injected = injected ?? [] },
                crew: new RankCrewFactory(ranks[0], "toy"));
            return train(trainer);
        }
        finally
        {
            RankWorker.Quit(ranks[0]);
            Assert.All(others, t => Assert.True(t.Join(TimeSpan.FromSeconds(60)), "a rank waits for ever"));
            Assert.Empty(faults);
        }

        RankTraining Prepare(int rank, int own)
        {
            if (prepare?.Invoke(rank) is { } given)
            {
                return given;
            }

            var source = new ToySource(32);
            EstimationContext estimation = MetaTrainer.EstimationOf(Toy.Layout, spec, source, 1, FrozenParameters.None);
            return new RankTraining(
                new CrewContext(spec.Estimator, estimation, own, (layout, _) => new ToyEngine(layout) { Injected = injected ?? [] }),
                    [source]);
        }

        void Guard(Action serve)
        {
            try
            {
                serve();
            }
            catch (Exception e)
            {
                faults.Enqueue(e);
            }
        }
    }

    /// <summary>Ranks whose messages are queues of bytes.</summary>
    private sealed class QueuedRanks : IRanks
    {
        private readonly BlockingCollection<byte[]>[,] queues;

        private QueuedRanks(int rank, BlockingCollection<byte[]>[,] queues) => (Rank, this.queues) = (rank, queues);

        public int Rank { get; }

        public int Count => queues.GetLength(0);

        public static QueuedRanks[] Make(int count)
        {
            var all = new BlockingCollection<byte[]>[count, count];
            for (int i = 0; i < count * count; i++)
            {
                all[i / count, i % count] = [];
            }

            return [.. Enumerable.Range(0, count).Select(r => new QueuedRanks(r, all))];
        }

        public void Broadcast(Span<byte> bytes)
        {
            for (int to = 1; Rank == 0 && to < Count; to++)
            {
                Send(bytes, to);
            }

            if (Rank > 0)
            {
                Receive(bytes, 0);
            }
        }

        public void Send(ReadOnlySpan<byte> bytes, int to) => queues[Rank, to].Add(bytes.ToArray());

        public void Receive(Span<byte> bytes, int from)
        {
            byte[] message = queues[from, Rank].Take();
            Assert.Equal(bytes.Length, message.Length);
            message.CopyTo(bytes);
        }
    }
}
