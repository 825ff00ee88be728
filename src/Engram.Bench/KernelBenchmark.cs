using System.Diagnostics;
using System.Runtime.CompilerServices;
using Engram.Learning.Engines.Fused;
using Engram.Numerics.Kernels;
using Engram.Numerics.Memory;
using Engram.Numerics.Threads;

namespace Engram.Bench;

/// <summary>One product as lifetimes have it.</summary>
/// <param name="Name">What it computes.</param>
/// <param name="Rows">Rows of the result.</param>
/// <param name="Columns">Columns of the result.</param>
/// <param name="Depth">Summands.</param>
/// <param name="Gigaflops">Median rate on one thread.</param>
/// <param name="PercentOfPeak">Over the FMA peak of one thread, measured in the same run.</param>
public sealed record KernelResult(string Name, int Rows, int Columns, int Depth, double Gigaflops, double PercentOfPeak);

/// <summary>Times the products of a plastic step and of the frozen layers, on one thread, against the FMA peak.</summary>
public static unsafe class KernelBenchmark
{
    private const int Batch = 32;
    private const int Blocks = 14;
    private const int Repetitions = 9;

    /// <summary>Runs all products of layers of the given widths.</summary>
    public static IEnumerable<KernelResult> Run(int width)
    {
        foreach ((int inputs, int outputs) in new[] { (width, width), (width, 3 * width), (3 * width, width), (width, 1) })
        {
            foreach (KernelResult result in VectorWidths.Current switch
            {
                VectorWidth.Bits512 => Layer<Lanes512<float>>(inputs, outputs),
                VectorWidth.Bits256 => Layer<Lanes256<float>>(inputs, outputs),
                VectorWidth.Bits128 => Layer<Lanes128<float>>(inputs, outputs),
                _ => Layer<Lanes1<float>>(inputs, outputs),
            })
            {
                yield return result;
            }
        }
    }

    private static List<KernelResult> Layer<TLanes>(int inputs, int outputs)
        where TLanes : unmanaged, ILanes<TLanes, float>
    {
        using var arena = new Arena();
        using var team = new WorkerTeam(1);
        Tensor<float> weights = Ones(outputs, inputs), next = Ones(outputs, inputs), alpha = arena.Allocate<float>(outputs, inputs),
            update = Ones(outputs, inputs);
        Tensor<float> bias = arena.Allocate<float>(1, outputs), decay = arena.Allocate<float>(1, outputs);
        Tensor<float> x = Ones(inputs, Batch), z = Ones(outputs * Blocks, Batch), below = Ones(inputs, Batch),
            natural = Ones(Batch * Blocks, inputs);
        int stride = weights.Stride;
        var results = new List<KernelResult>
        {
            Time("z = W x + b, ReLU", outputs, Batch, inputs,
                () => PanelProduct<TLanes, float>.Run<LeftByRows<float>, AddBiasRectify<TLanes, float>>(
                0, outputs, Batch, new Summands(inputs), weights.Pointer, stride, x.Pointer, Batch, new(z.Pointer, Batch, bias.Pointer))),
            Time("∂x = Wᵀ ∂z", inputs, Batch, outputs,
                () => PanelProduct<TLanes, float>.Run<LeftByColumns<float>, Overwrite<TLanes, float>>(
                0, inputs, Batch, new Summands(outputs), weights.Pointer, stride, z.Pointer, Batch, new(below.Pointer, Batch))),
            Time("Oja step, W += α(pᵀa − dW)", outputs, inputs, Batch,
                () => PanelProduct<TLanes, float>.Run<LeftByRows<float>, PlasticStep<PerSynapse<TLanes, float>, TLanes, float>>(
                0, outputs, inputs, new Summands(Batch), z.Pointer, Batch, natural.Pointer, stride,
                    new(weights.Pointer, weights.Pointer, alpha.Pointer, decay.Pointer, stride))),
            Time("Oja step, recorded", outputs, inputs, Batch,
                () => PanelProduct<TLanes, float>.Run<LeftByRows<float>, RecordedPlasticStep<PerSynapse<TLanes, float>, TLanes, float>>(
                0, outputs, inputs, new Summands(Batch), z.Pointer, Batch, natural.Pointer, stride,
                    new(weights.Pointer, next.Pointer, alpha.Pointer, decay.Pointer, update.Pointer, stride))),
            Time("adjoint step, G and S", outputs, inputs, Batch,
                () => PanelProduct<TLanes, float>.Run<LeftByRows<float>, AdjointStep<PerSynapse<TLanes, float>, TLanes, float>>(
                0, outputs, inputs, new Summands(Batch), z.Pointer, Batch, natural.Pointer, stride,
                    new(next.Pointer, alpha.Pointer, decay.Pointer, update.Pointer, stride))),
            Time($"∂W over {Blocks} blocks", outputs, inputs, Batch * Blocks,
                () => PanelProduct<TLanes, float>.Run<LeftByRows<float>, Accumulate<TLanes, float>>(
                0, outputs, inputs, new Summands(Batch, Blocks, (nint)outputs * Batch, (nint)Batch * stride), z.Pointer, Batch,
                    natural.Pointer, stride, new(next.Pointer, stride))),
        };
        return results;

        Tensor<float> Ones(int rows, int columns)
        {
            Tensor<float> tensor = arena.Allocate<float>(rows, columns);
            tensor.Fill(1e-3f);
            return tensor;
        }

        KernelResult Time(string name, int rows, int columns, int depth, Action product)
        {
            double flop = 2.0 * rows * columns * depth;
            int count = Math.Max(1, (int)(4e8 / flop));
            var rates = new double[Repetitions];
            var peaks = new double[Repetitions];
            Repeat(product, count);
            for (int i = 0; i < Repetitions; i++)
            {
                peaks[i] = PeakRate.Measure(team);
                var clock = Stopwatch.StartNew();
                Repeat(product, count);
                rates[i] = flop * count / clock.Elapsed.TotalSeconds / 1e9;
            }

            double rate = LifetimeBenchmarkResult.Median(rates);
            return new KernelResult(name, rows, columns, depth, rate, 100 * rate / LifetimeBenchmarkResult.Median(peaks));
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Repeat(Action product, int count)
    {
        for (int i = 0; i < count; i++)
        {
            product();
        }
    }
}
