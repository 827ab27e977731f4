"""Recurrent layers, attention and losses with unusual options, as learners write them.

A line is a name and a program, which leaves its answer in R; T is the package.
"""

from tests.oracle.lines import comparisons, table

# Where we differ, and why.
COMPUTED_HERE = {
    "sdpa_both": "a mask and is_causal are both applied",
    "loss_soft": "the target may require a gradient",
}
REFUSED_HERE = {
    "rnn_repr": "no all_weights",
    "pack_seq": "no unpack_sequence",
    "pack_toolong": "a length beyond the sequence is refused",
    "mod_reprs": "no SyncBatchNorm",
}
OTHER = {
    "pd": "the distance of power 0 has a gradient of zeros, where PyTorch has none",
    "lstm_hx_bad": "a ShapeError",
    "proj_gru": "a TypeError of the constructor",
    "loss_ctc": "PyTorch gives the gradient that log_softmax would make of it",
    "loss_ctc_cat": "as loss_ctc",
    "loss_ctc_unb": "as loss_ctc",
    "loss_ctc_zero": "as loss_ctc",
}

PROGRAMS = table(
    r"""
rnn_opts | R=[go(nn.RNN(3,4,num_layers=2,nonlinearity=n,bias=b,batch_first=f,bidirectional=d),T.randn(2,5,3)) for n in ('tanh','relu') for b in (True,False) for f in (True,False) for d in (True,False)]
lstm_opts | R=[go(nn.LSTM(3,4,num_layers=2,bias=b,batch_first=f,bidirectional=d,proj_size=p),T.randn(2,5,3)) for b in (True,False) for f in (True,False) for d in (True,False) for p in (0,2)]
gru_opts | R=[go(nn.GRU(3,4,num_layers=2,bias=b,batch_first=f,bidirectional=d),T.randn(2,5,3)) for b in (True,False) for f in (True,False) for d in (True,False)]
rnn_drop | R=go(nn.LSTM(3,4,num_layers=3,dropout=.5),T.randn(5,2,3))
rnn_drop_bi | R=go(nn.GRU(3,4,num_layers=2,dropout=.3,bidirectional=True,batch_first=True),T.randn(2,5,3))
rnn_drop_warn | nn.LSTM(3,4,dropout=2.)
rnn_hx | R=go(nn.RNN(3,4),T.randn(5,2,3),T.randn(1,2,4))
lstm_hx | m=nn.LSTM(3,4,proj_size=2); R=m(T.randn(5,2,3),(T.randn(1,2,2),T.randn(1,2,4)))
lstm_unb | R=go(nn.LSTM(3,4,bidirectional=True),T.randn(5,3))
lstm_hx_unb | R=nn.LSTM(3,4)(T.randn(5,3),(T.randn(1,4),T.randn(1,4)))
lstm_hx_bad | nn.LSTM(3,4)(T.randn(5,2,3),T.randn(1,2,4))
proj_big | nn.LSTM(3,4,proj_size=4)
proj_gru | nn.GRU(3,4,proj_size=2)
rnn_nl_bad | nn.RNN(3,4,nonlinearity='foo')
rnn_layers0 | nn.LSTM(3,4,num_layers=0)
rnn_hidden0 | nn.LSTM(3,0)
cells | R=go(nn.RNNCell(3,4,nonlinearity='relu'),T.randn(2,3)),go(nn.GRUCell(3,4,bias=False),T.randn(2,3),T.randn(2,4)),go(nn.LSTMCell(3,4),T.randn(3)),repr(nn.RNNCell(3,4,bias=False,nonlinearity='relu'))
cell_bad | nn.GRUCell(3,4)(T.randn(2,5))
rnn_repr | R=repr(nn.LSTM(3,4,2,bias=False,batch_first=True,dropout=.1,bidirectional=True,proj_size=2)),repr(nn.GRU(3,4)),repr(nn.RNN(3,4,nonlinearity='relu')),[n for n,_ in nn.LSTM(3,4,2,bidirectional=True,proj_size=2).named_parameters()],nn.LSTM(2,3).all_weights[0][0].shape
pack_run | m=nn.LSTM(2,3,bidirectional=True,num_layers=2); p=nn.utils.rnn.pack_padded_sequence(T.randn(4,3,2),[4,2,1]); y,(h,c)=m(p); o,l=nn.utils.rnn.pad_packed_sequence(y,padding_value=-1.,total_length=5); R=o,l,h,c
pack_unsorted | m=nn.GRU(2,3,batch_first=True); p=nn.utils.rnn.pack_padded_sequence(T.randn(3,4,2),t([2,4,1]),batch_first=True,enforce_sorted=False); y,h=m(p); R=nn.utils.rnn.pad_packed_sequence(y,batch_first=True),h,p.sorted_indices,p.unsorted_indices,p.batch_sizes
pack_seq | p=nn.utils.rnn.pack_sequence([T.arange(3.),T.arange(2.),T.arange(1.)]); R=list(p),nn.utils.rnn.unpack_sequence(p)
pack_zero | nn.utils.rnn.pack_padded_sequence(T.randn(3,2,1),[3,0])
pack_toolong | nn.utils.rnn.pack_padded_sequence(T.randn(3,2,1),[4,1])
pad_seq_left | R=nn.utils.rnn.pad_sequence([T.arange(3.),T.arange(2.)],batch_first=True,padding_value=9.,padding_side='left'),nn.utils.rnn.unpad_sequence(T.ones(3,2),t([3,1]))
mha | R=[go(nn.MultiheadAttention(8,2,bias=b,batch_first=f,add_bias_kv=k,add_zero_attn=z),*[T.randn(3,3,8)]*1,T.randn(3,3,8),T.randn(3,3,8)) for b in (True,False) for f in (True,False) for k in (True,False) for z in (True,False)]
mha_kv | R=go(nn.MultiheadAttention(8,2,kdim=5,vdim=6),T.randn(4,2,8),T.randn(3,2,5),T.randn(3,2,6))
mha_noweights | m=nn.MultiheadAttention(8,2,batch_first=True); x=T.randn(2,3,8); R=m(x,x,x,need_weights=False),m(x,x,x,average_attn_weights=False)
mha_masks | m=nn.MultiheadAttention(8,2,batch_first=True); x=T.randn(2,3,8); k=t([[False,False,True],[False,True,True]]); a=T.triu(T.ones(3,3,dtype=T.bool),1); R=[m(x,x,x,key_padding_mask=p,attn_mask=q,need_weights=w) for p in (None,k,T.where(k,-1.,0.)) for q in (None,a,T.where(a,-inf,0.),a.repeat(4,1,1)) for w in (True,False)]
mha_full_mask | m=nn.MultiheadAttention(4,1,batch_first=True); x=T.randn(1,2,4); R=m(x,x,x,key_padding_mask=t([[True,True]])),m(x,x,x,key_padding_mask=t([[True,True]]),need_weights=False)
mha_causal | m=nn.MultiheadAttention(8,2,batch_first=True); x=T.randn(2,3,8); a=nn.Transformer.generate_square_subsequent_mask(3); R=m(x,x,x,attn_mask=a,is_causal=True),m(x,x,x,attn_mask=a,is_causal=True,need_weights=False)
mha_causal_nomask | m=nn.MultiheadAttention(8,2); x=T.randn(3,2,8); m(x,x,x,is_causal=True)
mha_unb | R=go(nn.MultiheadAttention(8,2),T.randn(3,8),T.randn(4,8),T.randn(4,8))
mha_drop | R=go(nn.MultiheadAttention(8,2,dropout=.5),T.randn(3,2,8),T.randn(3,2,8),T.randn(3,2,8))
mha_bad | nn.MultiheadAttention(8,3)
mha_bad_mask | m=nn.MultiheadAttention(8,2); x=T.randn(3,2,8); m(x,x,x,attn_mask=T.zeros(2,2))
mha_bad_mask_dtype | m=nn.MultiheadAttention(8,2); x=T.randn(3,2,8); m(x,x,x,attn_mask=T.zeros(3,3,dtype=T.int64))
mha_uint8 | m=nn.MultiheadAttention(8,2); x=T.randn(3,2,8); m(x,x,x,key_padding_mask=T.zeros(2,3,dtype=T.uint8))
sdpa | q,k,v=T.randn(2,2,3,4),T.randn(2,2,5,4),T.randn(2,2,5,6); R=[go(lambda q,k,v:F.scaled_dot_product_attention(q,k,v,attn_mask=m,is_causal=c,scale=s),q,k,v) for m,c in ((None,False),(None,True),(T.rand(3,5)>.3,False),(T.randn(2,1,3,5),False)) for s in (None,.3)]
sdpa_drop | R=F.scaled_dot_product_attention(T.randn(1,1,3,4),T.randn(1,1,3,4),T.randn(1,1,3,4),dropout_p=1.)
sdpa_gqa | R=go(lambda q,k,v:F.scaled_dot_product_attention(q,k,v,enable_gqa=True),T.randn(1,4,3,4),T.randn(1,2,3,4),T.randn(1,2,3,4))
sdpa_both | F.scaled_dot_product_attention(T.ones(1,2,2),T.ones(1,2,2),T.ones(1,2,2),attn_mask=T.ones(2,2),is_causal=True)
tel | R=[go(nn.TransformerEncoderLayer(8,2,16,dropout=0.,activation=a,batch_first=f,norm_first=n,bias=b,layer_norm_eps=1e-3),T.randn(3,2,8)) for a in ('relu','gelu') for f in (True,False) for n in (True,False) for b in (True,False)]
tel_drop | R=go(nn.TransformerEncoderLayer(8,2,16,dropout=.5),T.randn(3,2,8))
tel_masks | m=nn.TransformerEncoderLayer(8,2,16,batch_first=True); x=T.randn(2,3,8); k=t([[False,False,True],[False,True,True]]); R=m.eval()(x,src_key_padding_mask=k),m(x,src_mask=nn.Transformer.generate_square_subsequent_mask(3),is_causal=True)
tel_eval_nograd | m=nn.TransformerEncoder(nn.TransformerEncoderLayer(8,2,16,batch_first=True),2).eval(); x=T.randn(2,3,8); k=t([[False,False,True],[False,True,True]]); T.set_grad_enabled(False); R=m(x,src_key_padding_mask=k); T.set_grad_enabled(True)
tel_actfn | R=nn.TransformerEncoderLayer(4,2,8,activation=T.tanh,dropout=0.)(T.randn(3,2,4))
tel_badact | nn.TransformerEncoderLayer(4,2,8,activation='foo')
tdl | R=[go(nn.TransformerDecoderLayer(8,2,16,dropout=0.,activation=a,norm_first=n,batch_first=f),T.randn(3,2,8),T.randn(3,2,8)) for a in ('relu','gelu') for n in (True,False) for f in (True,False)]
tdl_masks | m=nn.TransformerDecoderLayer(8,2,16,dropout=0.); R=m(T.randn(3,2,8),T.randn(4,2,8),tgt_mask=nn.Transformer.generate_square_subsequent_mask(3),memory_key_padding_mask=t([[False,False,True,True],[False,False,False,True]]),tgt_is_causal=True)
te | R=go(nn.TransformerEncoder(nn.TransformerEncoderLayer(8,2,16,dropout=0.),2,norm=nn.LayerNorm(8)),T.randn(3,2,8))
tr_full | R=go(nn.Transformer(8,2,1,1,16,dropout=0.,norm_first=True,batch_first=True),T.randn(2,3,8),T.randn(2,4,8))
tr_bad | nn.Transformer(8,2,1,1)(T.ones(3,2,8),T.ones(3,1,8))
loss_ce | x,y=T.randn(4,3),t([0,2,1,-100]); R=[go(nn.CrossEntropyLoss(weight=w,reduction=r,label_smoothing=l,ignore_index=i),x,y) for w in (None,t([.1,.5,2.])) for r in ('mean','sum','none') for l in (0.,.2) for i in (-100,)]
loss_ce_ign | x,y=T.randn(4,3),t([0,2,1,2]); R=[go(nn.CrossEntropyLoss(weight=w,reduction=r,label_smoothing=l,ignore_index=2),x,y) for w in (None,t([.1,.5,2.])) for r in ('mean','sum','none') for l in (0.,.2)]
loss_ce_2d | R=[go(nn.CrossEntropyLoss(weight=t([.1,.5,2.]),reduction=r,label_smoothing=l),T.randn(2,3,4,2),T.randint(0,3,(2,4,2))) for r in ('mean','sum','none') for l in (0.,.1)]
loss_ce_prob | R=[go(nn.CrossEntropyLoss(weight=w,reduction=r,label_smoothing=l),T.randn(4,3),T.rand(4,3)) for w in (None,t([.1,.5,2.])) for r in ('mean','sum','none') for l in (0.,.1)]
loss_ce_1 | R=go(nn.CrossEntropyLoss(),T.randn(3),t(1)),go(nn.CrossEntropyLoss(),T.randn(3),T.rand(3))
loss_ce_neg | nn.CrossEntropyLoss()(T.randn(2,3),t([-1,0]))
loss_ce_smooth_bad | nn.CrossEntropyLoss(label_smoothing=1.5)(T.randn(2,3),t([1,0]))
loss_ce_red_bad | nn.CrossEntropyLoss(reduction='foo')(T.randn(2,3),t([1,0]))
loss_ce_empty | R=nn.CrossEntropyLoss()(T.randn(0,3),T.zeros(0,dtype=T.int64)),nn.CrossEntropyLoss(reduction='sum')(T.randn(0,3),T.zeros(0,dtype=T.int64))
loss_ce_wrongw | nn.CrossEntropyLoss(weight=T.ones(2))(T.randn(2,3),t([1,0]))
loss_ce_inf | R=go(nn.CrossEntropyLoss(),t([[inf,0.],[-inf,1.],[1000.,-1000.]]),t([0,0,1]))
loss_nll | x=T.randn(4,3).log_softmax(1); R=[go(nn.NLLLoss(weight=w,reduction=r,ignore_index=i),x,t([0,2,1,1])) for w in (None,t([.1,.5,2.])) for r in ('mean','sum','none') for i in (-100,1)]
loss_nll2d | R=go(nn.NLLLoss(reduction='none'),T.randn(2,3,2,2),T.randint(0,3,(2,2,2)))
loss_bce | x=T.rand(3,2); y=T.rand(3,2); R=[go(nn.BCELoss(weight=w,reduction=r),x,y) for w in (None,t([.5,2.])) for r in ('mean','sum','none')]
loss_bce_edge | R=go(nn.BCELoss(reduction='none'),t([0.,1.,0.,1.]),t([0.,1.,1.,0.]))
loss_bce_shape | nn.BCELoss()(T.ones(2),T.ones(2,1))
loss_bcel | R=[go(nn.BCEWithLogitsLoss(weight=w,pos_weight=p,reduction=r),T.randn(3,2)*50,T.rand(3,2)) for w in (None,t([.5,2.])) for p in (None,t([3.,.2]),t(2.)) for r in ('mean','sum','none')]
loss_mse | R=[go(m(reduction=r),T.randn(3,2),T.randn(3,2)) for m in (nn.MSELoss,nn.L1Loss,nn.SmoothL1Loss,nn.HuberLoss) for r in ('mean','sum','none')]
loss_beta | R=[go(nn.SmoothL1Loss(beta=b),T.randn(4),T.randn(4)) for b in (0.,.5,3.)]+[go(nn.HuberLoss(delta=d),T.randn(4),T.randn(4)) for d in (.1,2.)]
loss_beta_bad | nn.SmoothL1Loss(beta=-1.)(T.ones(2),T.zeros(2))
loss_huber_bad | nn.HuberLoss(delta=0.)(T.ones(2),T.zeros(2))
loss_kl | R=[go(nn.KLDivLoss(reduction=r,log_target=l),T.randn(3,4).log_softmax(1),T.randn(3,4).log_softmax(1) if l else T.rand(3,4)) for r in ('mean','sum','none','batchmean') for l in (True,False)]
loss_kl_zero | R=go(nn.KLDivLoss(reduction='none'),T.zeros(3),t([0.,1.,-1.]))
loss_pois | R=[go(nn.PoissonNLLLoss(log_input=l,full=f,eps=1e-3,reduction=r),T.rand(4)*3,t([0.,1.,2.,5.])) for l in (True,False) for f in (True,False) for r in ('mean','none')]
loss_gnll | R=[go(nn.GaussianNLLLoss(full=f,eps=e,reduction=r),T.randn(4,2),T.randn(4,2),v) for f in (True,False) for e in (1e-6,.5) for r in ('mean','sum','none') for v in (T.rand(4,2),T.rand(4,1),T.rand(4))]
loss_gnll_neg | nn.GaussianNLLLoss()(T.ones(2),T.ones(2),-T.ones(2))
loss_margin | R=[go(nn.MarginRankingLoss(margin=m,reduction=r),T.randn(4),T.randn(4),t([1,-1,1,-1])) for m in (0.,.5) for r in ('mean','sum','none')]
loss_hinge | R=[go(nn.HingeEmbeddingLoss(margin=m,reduction=r),T.randn(4),t([1,-1,1,-1])) for m in (1.,.3) for r in ('mean','sum','none')]
loss_cos | R=[go(nn.CosineEmbeddingLoss(margin=m,reduction=r),T.randn(4,3),T.randn(4,3),t([1,-1,1,-1])) for m in (0.,.3) for r in ('mean','sum','none')],go(nn.CosineEmbeddingLoss(),T.randn(3),T.randn(3),t(1))
loss_soft | R=[go(nn.SoftMarginLoss(reduction=r),T.randn(4),t([1.,-1.,1.,-1.])) for r in ('mean','none')]
loss_mlm | R=[go(nn.MultiLabelMarginLoss(reduction=r),T.randn(2,4),t([[3,0,-1,1],[0,-1,1,2]])) for r in ('mean','sum','none')]
loss_mlsm | R=[go(nn.MultiLabelSoftMarginLoss(weight=w,reduction=r),T.randn(2,3),t([[1.,0.,1.],[0.,1.,1.]])) for w in (None,t([.1,.2,.3])) for r in ('mean','sum','none')]
loss_mm | R=[go(nn.MultiMarginLoss(p=p,margin=m,weight=w,reduction=r),T.randn(3,4),t([0,3,1])) for p in (1,2) for m in (1.,.4) for w in (None,t([.1,.2,.3,.4])) for r in ('mean','sum','none')]
loss_mm_p | nn.MultiMarginLoss(p=3)
loss_trip | R=[go(nn.TripletMarginLoss(margin=m,p=p,swap=s,reduction=r,eps=1e-3),T.randn(3,4),T.randn(3,4),T.randn(3,4)) for m in (1.,.2) for p in (1.,2.,3.) for s in (True,False) for r in ('mean','none')]
loss_trip_d | R=go(nn.TripletMarginWithDistanceLoss(distance_function=lambda a,b:1-F.cosine_similarity(a,b),margin=.5,swap=True),T.randn(3,4),T.randn(3,4),T.randn(3,4))
loss_trip_neg | nn.TripletMarginLoss(margin=-1.)
loss_ctc | x=T.randn(6,3,5).log_softmax(2); R=[go(lambda x:nn.CTCLoss(blank=b,reduction=r,zero_infinity=z)(x,t([[1,2,2],[3,1,0],[4,4,4]]) if b==0 else t([[1,2,2],[3,1,0],[0,0,1]]),t([6,5,3]),t([3,2,3])),x) for b in (0,4) for r in ('mean','sum','none') for z in (True,False)]
loss_ctc_cat | R=go(lambda x:nn.CTCLoss()(x,t([1,2,3]),(5,4),(2,1)),T.randn(5,2,4).log_softmax(2))
loss_ctc_unb | R=go(lambda x:nn.CTCLoss()(x,t([1,2]),t(5),t(2)),T.randn(5,4).log_softmax(1))
loss_ctc_zero | R=go(lambda x:nn.CTCLoss(reduction='none')(x,t([[1,2],[1,2]]),t([5,5]),t([0,2])),T.randn(5,2,4).log_softmax(2))
loss_ctc_long | nn.CTCLoss()(T.randn(5,1,4).log_softmax(2),t([[1]]),t([6]),t([1]))
loss_asm | m=nn.AdaptiveLogSoftmaxWithLoss(4,10,[3,6],div_value=2.); y=m(T.randn(5,4),t([0,3,9,7,1])); R=y.output,y.loss,m.log_prob(T.randn(2,4)),m.predict(T.randn(2,4)),repr(m)
loss_l1int | R=F.l1_loss(t([1,2]),t([3,5]))
loss_mseint | F.mse_loss(t([1,2]),t([3,5]))
loss_size_avg | R=nn.MSELoss(size_average=False)(T.ones(3),T.zeros(3)),nn.L1Loss(reduce=False)(T.ones(3),T.zeros(3))
cs | R=go(nn.CosineSimilarity(dim=0,eps=.5),T.randn(3,2),T.randn(3,2)),F.cosine_similarity(T.zeros(2,3),T.ones(2,3)),F.cosine_similarity(T.randn(2,1,3),T.randn(4,3),dim=-1)
pd | R=[go(nn.PairwiseDistance(p=p,eps=1e-3,keepdim=k),T.randn(3,2),T.randn(3,2)) for p in (1.,2.,3.,inf,.5,0.) for k in (True,False)]
pdist | R=[go(lambda x:F.pdist(x,p),T.randn(4,3)) for p in (0.,1.,2.,3.,inf,.5)]
cdist | R=[go(lambda a,b:T.cdist(a,b,p=p),T.randn(4,3),T.randn(2,3)) for p in (0.,1.,2.,3.,inf,.5)]
cdist_same | x=T.randn(3,2); R=go(lambda a:T.cdist(a,a),x)
cdist_mm | R=T.cdist(T.randn(30,3),T.randn(28,3)),T.cdist(T.randn(3,2),T.randn(2,2),compute_mode='use_mm_for_euclid_dist'),T.cdist(T.zeros(0,2),T.ones(3,2)),T.cdist(T.zeros(2,0),T.ones(3,0))
loss_reprs | R=[repr(x) for x in (nn.CrossEntropyLoss(),nn.MSELoss(reduction='sum'),nn.BCEWithLogitsLoss(pos_weight=T.ones(2)),nn.HuberLoss(),nn.TripletMarginLoss(),nn.CTCLoss(),nn.KLDivLoss(),nn.NLLLoss(),nn.GaussianNLLLoss(),nn.CosineSimilarity(),nn.PairwiseDistance(),nn.MultiMarginLoss(),nn.PoissonNLLLoss())]
mod_reprs | R=[repr(x) for x in (nn.LSTMCell(2,3),nn.GRUCell(2,3,bias=False),nn.PReLU(),nn.ELU(.3),nn.GELU(),nn.GELU('tanh'),nn.Softplus(),nn.Hardtanh(),nn.Threshold(.1,2),nn.GLU(),nn.LeakyReLU(.2,True),nn.RReLU(),nn.Softmax(1),nn.MaxPool2d(2,1,1),nn.MaxPool1d(3,return_indices=True),nn.AvgPool2d(2),nn.AvgPool1d(2),nn.AdaptiveAvgPool2d((1,None)),nn.LPPool2d(2,3),nn.MaxUnpool2d(2),nn.ConvTranspose1d(1,2,3,output_padding=1,stride=2),nn.Conv2d(2,4,3,groups=2,dilation=2,padding='same'),nn.Conv2d(1,1,1,padding_mode='circular'),nn.GroupNorm(2,4),nn.InstanceNorm1d(3),nn.LayerNorm((2,3),bias=False),nn.RMSNorm(3),nn.LocalResponseNorm(2),nn.Fold((2,2),1),nn.Unfold(2),nn.PixelShuffle(2),nn.ZeroPad2d(1),nn.ConstantPad1d(1,2.),nn.ReflectionPad2d(1),nn.Bilinear(1,2,3),nn.Dropout2d(.2,True),nn.AlphaDropout(),nn.ParameterList([T.ones(2)]),nn.ParameterDict({'a':T.ones(2)}),nn.ModuleList([nn.ReLU(),nn.ReLU()]),nn.ModuleDict({'a':nn.Linear(1,2)}),nn.BatchNorm2d(3,affine=False),nn.SyncBatchNorm(2),nn.Softshrink(),nn.Hardshrink(),nn.CELU(),nn.SELU(),nn.LogSoftmax(dim=0),nn.Tanhshrink(),nn.Transformer(4,2,1,1,8))]
"""
)

test_a_line_gives_what_it_gives_in_pytorch, test_what_differs_is_among_the_lines = comparisons(
    PROGRAMS, COMPUTED_HERE, REFUSED_HERE, OTHER
)
